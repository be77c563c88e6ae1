# Reference numbers for yes/no and ordered outcomes. Run in this folder: Rscript generalised.R > /dev/null; writes generalised.json.
# R 4.2.2, lme4 1.1-31, ordinal 2022.11-16, geepack, clubSandwich 0.5.8.
# nested.csv: made here (mentors, relationships, three waves). bacteria.csv: MASS::bacteria. wine.csv: ordinal::wine.
# dyads.csv: made-up mentors with two to six mentees; one rating each.
suppressMessages({library(lme4); library(ordinal); library(geepack); library(clubSandwich); library(jsonlite)})
nested <- read.csv("nested.csv"); bacteria <- read.csv("bacteria.csv"); wine <- read.csv("wine.csv"); dyads <- read.csv("dyads.csv")
out <- list()
plain <- function(x) as.list(unname(x))
by_glmer <- function(f, d, n = 1) {
  m <- glmer(f, d, family = binomial, nAGQ = n, control = glmerControl("bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), tolPwrss = 1e-10))
  list(coef = plain(fixef(m)), se = plain(sqrt(diag(vcov(m)))), sd = lapply(VarCorr(m), function(z) sqrt(z[1])), loglik = as.numeric(logLik(m)))
}
by_clmm <- function(f, d, n = 1) {
  m <- clmm(f, d, nAGQ = n, control = clmm.control(gradTol = 1e-7, maxIter = 500, maxLineIter = 500)); k <- length(coef(m))
  list(coef = plain(coef(m)), se = plain(sqrt(diag(vcov(m)))[1:k]), sd = lapply(VarCorr(m), function(z) sqrt(z[1])), loglik = as.numeric(logLik(m)))
}
for (one in list("nested", "wine")) assign(one, within(get(one), o <- factor(item, ordered = TRUE)))
dyads$o <- factor(dyads$ord, ordered = TRUE)
out$mixed <- list(
  bacteria_1 = by_glmer(yes ~ drug + drugp + late + (1 | ID), bacteria), bacteria_15 = by_glmer(yes ~ drug + drugp + late + (1 | ID), bacteria, 15),
  nested_1 = by_glmer(yes ~ x + g + (1 | mentor) + (1 | dyad), nested), mentor_15 = by_glmer(yes ~ x + g + (1 | mentor), nested, 15),
  wine_1 = by_clmm(o ~ warm + yescontact + (1 | judge), wine), wine_15 = by_clmm(o ~ warm + yescontact + (1 | judge), wine, 15),
  wine_crossed = by_clmm(o ~ warm + yescontact + (1 | judge) + (1 | bottle), wine),
  rating_1 = by_clmm(o ~ x + g + (1 | mentor) + (1 | dyad), nested), dyads_15 = by_clmm(o ~ simw + simb + race_match + (1 | mentor), dyads, 15))
# Marginal models. CR2 by clubSandwich's own methods for lm, on rows whitened by the root of the multinomial covariance.
tested <- function(X, r, delta, cluster) {
  colnames(X) <- paste0("v", seq_len(ncol(X))); z <- as.numeric(X %*% delta + r); m <- lm(z ~ 0 + X); t <- coef_test(m, vcovCR(m, cluster, "CR2"), test = "Satterthwaite")
  list(coef = plain(coef(m)), cr2 = plain(t$SE), df = plain(t$df))
}
cumulative <- function(f, d, cluster) {
  m <- clm(f, data = d, control = clm.control(gradTol = 1e-12)); y <- as.integer(model.response(model.frame(f, d))); k <- length(m$alpha)
  X <- model.matrix(f, d)[, -1, drop = FALSE]; rows <- list(); rest <- c()
  for (i in seq_along(y)) {
    p <- plogis(m$alpha - sum(X[i, ] * m$beta)); V <- outer(p, p, pmin) - outer(p, p); s <- p * (1 - p)
    root <- t(chol(V)); rows[[i]] <- solve(root, cbind(diag(s, k), -outer(s, X[i, ]))); rest <- c(rest, solve(root, (y[i] <= 1:k) - p))
  }
  c(tested(do.call(rbind, rows), rest, c(m$alpha, m$beta), rep(d[[cluster]], each = k)), loglik = as.numeric(logLik(m)))
}
nested$b <- factor(nested$yes, ordered = TRUE); bacteria$b <- factor(bacteria$yes, ordered = TRUE)
logit <- function(f, d, id) {
  m <- glm(f, binomial, d, epsilon = 1e-14); w <- sqrt(m$weights); r <- (m$y - fitted(m)) / w; d$id_ <- as.integer(factor(d[[id]])); d <- d[order(d$id_), ]
  g <- geeglm(f, binomial, d, id = id_, corstr = "independence", control = geese.control(epsilon = 1e-12, maxit = 200))
  c(tested(model.matrix(m) * w, r, coef(m), as.integer(factor(m$data[[id]]))), list(gee = plain(coef(g)), own = plain(coef_test(m, vcovCR(m, m$data[[id]], "CR2"), test = "Satterthwaite")$SE)))
}
out$marginal <- list(bacteria = logit(yes ~ drug + drugp + late, bacteria, "ID"), nested = logit(yes ~ x + g, nested, "mentor"),
                     rating = cumulative(o ~ x + g, nested, "mentor"), wine = cumulative(o ~ warm + yescontact, wine, "judge"))
# Predicted shares: everybody at one value of x, averaged; the average slope.
m <- glm(yes ~ x + g, binomial, nested); at <- function(v) mean(predict(m, transform(nested, x = v), type = "response")); p <- fitted(m)
c_ <- clm(o ~ x + g, data = nested, control = clm.control(gradTol = 1e-12))
out$shares <- list(low = at(-1), high = at(1), slope = mean(p * (1 - p)) * coef(m)[["x"]], rating = plain(colMeans(predict(c_, transform(nested[, c("x", "g")], x = 1))$fit)))
writeLines(toJSON(out, digits = 12, auto_unbox = TRUE, pretty = FALSE), "generalised.json")
