# Makes sweep.json and sweep_*.csv (R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2): formulas of every kind on simulated mentors.
# Rscript sweep.R, in this folder. Tight optimum, best of several starts.
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite); library(splines)})
options(contrasts = c("contr.treatment", "contr.treatment"))

world <- function(seed, J, per, sd0, sd1, shared = 0) {
  set.seed(seed)
  mentor <- rep(seq_len(J), 1 + rpois(J, per - 1)); n <- length(mentor)
  mentee <- if (shared > 0) sample(ceiling(n * (1 - shared)), n, TRUE) else seq_len(n)
  x <- round(rnorm(n), 3); w <- round(rnorm(J), 3)[mentor]; program <- (mentor - 1) %% 4 + 1
  y <- 1 + .3 * x + .2 * w + (rnorm(J) * sd0)[mentor] + (rnorm(J) * sd1)[mentor] * x + (rnorm(max(mentee)) * .5)[mentee] + (rnorm(4) * .4)[program] + rnorm(n)
  data.frame(y = round(y, 4), x, w, form = sample(c("peer", "staff", "career"), n, TRUE), mentor, mentee, program = paste0("p", program),
             same = x > 0, wave = sample(0:3, n, TRUE), age = sample(18:40, n, TRUE))
}
data <- list(eight = world(8, 8, 6, .6, .3), thirty = world(30, 30, 5, .6, .3), sixty = world(60, 60, 4, .6, .3), crossed = world(77, 25, 6, .6, .3, .4), flat = world(5, 10, 6, 0, 0))
for (name in names(data)) write.csv(data[[name]], paste0("sweep_", name, ".csv"), row.names = FALSE)

tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 2e5), check.conv.singular = "ignore", check.conv.grad = "ignore",
                     check.conv.hess = "ignore", check.scaleX = "ignore", check.rankX = "silent.drop.cols")
best <- function(f, d, reml, w, o) {
  env <- new.env(); environment(f) <- env; env$d <- d; env$.w <- w; env$.o <- o; env$s <- NULL; env$tight <- tight
  fit <- function(s) { env$s <- s
    cl <- list(quote(lmerTest::lmer), formula = f, data = quote(d), REML = reml, control = quote(tight), start = quote(s))
    if (!is.null(w)) cl$weights <- quote(.w)
    if (!is.null(o)) cl$offset <- quote(.o)
    eval(as.call(cl), env) }
  m <- fit(NULL); low <- getME(m, "lower") == 0; th <- getME(m, "theta")
  for (s in list(ifelse(low, pmax(abs(th), .3), th), ifelse(low, .3, 0), ifelse(low, 3, 0)))
    { k <- fit(unname(s)); if (logLik(k) > logLik(m) + 1e-11) m <- k }
  env$s <- unname(getME(m, "theta")); m
}
one <- function(id, world, formula, reml = TRUE, w = NULL, o = NULL, kr = is.null(w), profile = FALSE) {
  d <- data[[world]]; d$mentor <- factor(d$mentor); d$mentee <- factor(d$mentee)
  m <- suppressWarnings(suppressMessages(best(as.formula(formula), d, reml, if (!is.null(w)) d[[w]], if (!is.null(o)) d[[o]])))
  s <- coef(summary(m)); p <- nrow(s); X <- getME(m, "X")
  vf <- var(as.numeric(X %*% fixef(m))); vb <- sigma(m)^2 * mean(colSums((getME(m, "Lambdat") %*% getME(m, "Zt"))^2))
  vc <- as.data.frame(VarCorr(m)); re <- as.data.frame(ranef(m))
  out <- list(id = id, data = world, formula = formula, reml = reml, weights = w, offset = o, n = nrow(X), singular = isSingular(m), loglik = as.numeric(logLik(m)),
    aic = AIC(m), bic = BIC(m), sigma = sigma(m), terms = I(rownames(s)), estimate = I(s[, 1]), se = I(s[, 2]), df = I(s[, "df"]),
    sd = I(sort(vc$sdcor[is.na(vc$var2) & vc$grp != "Residual"])), correlation = I(sort(vc$sdcor[!is.na(vc$var2)])),
    r2 = c(vf, vf + vb) / (vf + vb + sigma(m)^2), icc = vb / (vb + sigma(m)^2), modes = c(sum(re$condval^2), sum(re$condsd^2)), fitted = sum(fitted(m)^2))
  if (kr && reml) { va <- vcovAdj(m); out$kr_se <- I(sqrt(diag(as.matrix(va)))); out$kr_df <- I(sapply(1:p, function(j) Lb_ddf(diag(p)[j, ], vcov(m), va)))
    if (p > 2) { k <- KRmodcomp(m, diag(p)[-1, ])$stats; out$kr_joint <- c(k$Fstat, k$ddf) } }
  if (p > 2) { k <- contestMD(m, diag(p)[-1, ]); out$joint <- c(k[["F value"]], k$DenDF) }
  if (profile) { ci <- suppressMessages(suppressWarnings(confint(m, oldNames = FALSE))); out$profile <- list(names = rownames(ci), low = ci[, 1], high = ci[, 2]) }
  out
}
models <- list(
  one("few_mentors", "eight", "y ~ x + w + (1 | mentor)", profile = TRUE),
  one("few_mentors_slope", "eight", "y ~ x + w + (x | mentor)"),
  one("flat_intercept", "flat", "y ~ x + w + (1 | mentor)"),
  one("flat_slope", "flat", "y ~ x + w + (x | mentor)"),
  one("nested", "thirty", "y ~ x + w + (1 | program/mentor)", profile = TRUE),
  one("nested_uncorrelated", "thirty", "y ~ x + w + (x || program/mentor)"),
  one("combination", "thirty", "y ~ x + (1 | mentor:wave) + (1 | mentor)"),
  one("slope_over_combination", "thirty", "y ~ x + (x | program:form)"),
  one("two_blocks", "thirty", "y ~ x + wave + (1 + x | mentor) + (0 + wave | mentor)"),
  one("factor_slope", "sixty", "y ~ form + (0 + form | program)"),
  one("yes_no", "thirty", "y ~ same * x + (same | program)"),
  one("yes_no_no_intercept", "thirty", "y ~ 0 + same + x + (1 | mentor)"),
  one("yes_no_interaction_alone", "thirty", "y ~ x:same + (1 | mentor)"),
  one("no_intercept", "thirty", "y ~ 0 + form + form:x + (1 | mentor)"),
  one("factor_interaction", "thirty", "y ~ form * program + (1 | mentor)"),
  one("nested_fixed", "thirty", "y ~ form / x + (1 | mentor)"),
  one("all_pairs", "thirty", "y ~ (form + same + x)^2 + (1 | mentor)"),
  one("polynomial", "sixty", "y ~ poly(age, 3) * same + (1 | mentor)"),
  one("natural_spline", "sixty", "y ~ ns(age, df = 3) * x + (1 | mentor)"),
  one("natural_spline_knots", "sixty", "y ~ ns(age, knots = c(25, 32)) + (1 | mentor)"),
  one("b_spline", "sixty", "y ~ bs(age, df = 5) + (1 | mentor)"),
  one("b_spline_knots", "sixty", "y ~ bs(age, knots = c(25, 32), degree = 2) + (x || mentor)"),
  one("arithmetic", "thirty", "exp(y / 5) ~ I(-x^2) + scale(age) + log(age) + (1 | mentor)"),
  one("ml", "sixty", "y ~ x * w + (x | mentor)", reml = FALSE, profile = TRUE),
  one("weights", "sixty", "y ~ x * w + (x | mentor)", w = "age"),
  one("offset", "sixty", "y ~ x + (x | mentor)", o = "age"),
  one("crossed", "crossed", "y ~ x + w + (1 | mentor) + (1 | mentee)"),
  one("crossed_nested", "crossed", "y ~ x + form + (1 | program/mentor) + (1 | mentee)"),
  one("crossed_slope", "crossed", "y ~ x + w + (x | mentor) + (1 | mentee) + (1 | program)"),
  one("only_a_slope", "crossed", "y ~ x + (0 + x | mentor) + (1 | mentee) + (1 | wave)"))
tolerance <- list(loglik = 1e-5, estimate_in_se = 1e-4, se = 1e-4, df = c(.01, .001), kr = 1e-4, sd_in_sigma = 5e-4, correlation = 2e-3, r2 = 1e-6, profile = 2e-3)
write(toJSON(list(tolerance = tolerance, models = models), digits = I(10), auto_unbox = TRUE, null = "null"), "sweep.json")
