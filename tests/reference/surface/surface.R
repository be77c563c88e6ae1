# Makes the part "mixed" and "one_level" of surface.json from ../lmm/dyads.csv (R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2).
# The part "published" was copied from RSA 0.10.8 (nicebread/RSA, commit e81cb9a) and lm() on two open data sets; these are not repeated here:
#   motcon (84 people, GPL): RSA(postVA ~ ePow * iPow); acitelli wives (148 couples, CC0): Satisfaction_A ~ OtherPos_A * OtherPos_P, wives only,
#   both predictors centred at the mean of the two columns together. "models" is aictab() of RSA(..., estimator = "ML", se = "standard").
library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite)
d <- read.csv("../lmm/dyads.csv"); d$mentor <- factor(d$mentor); d$x <- d$X - 4; d$y <- d$Y - 4
A <- rbind(b0 = c(1, 0, 0, 0, 0, 0), b1 = c(0, 1, 0, 0, 0, 0), b2 = c(0, 0, 1, 0, 0, 0), b3 = c(0, 0, 0, 1, 0, 0), b4 = c(0, 0, 0, 0, 1, 0),
           b5 = c(0, 0, 0, 0, 0, 1), a1 = c(0, 1, 1, 0, 0, 0), a2 = c(0, 0, 0, 1, 1, 1), a3 = c(0, 1, -1, 0, 0, 0), a4 = c(0, 0, 0, 1, -1, 1),
           a5 = c(0, 0, 0, 1, 0, -1))
m <- lmer(q ~ x + y + I(x^2) + I(x * y) + I(y^2) + (1 | mentor), d, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))
V <- as.matrix(vcov(m)); Va <- as.matrix(vcovAdj(m))
kr <- function(L) { t <- KRmodcomp(m, L)$stats; c(F = t$Fstat, df1 = t$ndf, df2 = t$ddf, p = t$p.value) }
mixed <- list(estimate = drop(A %*% fixef(m)), se = sqrt(diag(A %*% V %*% t(A))), df = apply(A, 1, function(l) contest1D(m, l)$df),
              se_kr = sqrt(diag(A %*% Va %*% t(A))), df_kr = apply(A, 1, function(l) kr(matrix(l, 1))[["df2"]]),
              whole = as.list(kr(A[2:6, ])), bend = as.list(kr(A[c("a4", "a5"), ])))
fml <- list(null = ~ 1, onlyx = ~ x, onlyy = ~ y, onlyx2 = ~ x + I(x^2), onlyy2 = ~ y + I(y^2), additive = ~ x + y, IA = ~ x + y + I(x * y),
            SQD = ~ I((x - y)^2), SSQD = ~ I(x - y) + I((x - y)^2), RR = ~ I(x + y) + I((x - y)^2), SRR = ~ x + y + I((x - y)^2),
            full = ~ x + y + I(x^2) + I(x * y) + I(y^2))
family <- lapply(fml, function(f) { l <- logLik(lmer(update(f, q ~ . + (1 | mentor)), d, REML = FALSE))
  k <- attr(l, "df"); n <- nrow(d); list(k = k, loglik = as.numeric(l), aicc = -2 * as.numeric(l) + 2 * k + 2 * k * (k + 1) / (n - k - 1)) })
# One level, by nonlinear least squares: b3 = b4^2 / (4 b5), and for SRSQD also b1 = b2 b4 / (2 b5).
s <- coef(lm(q ~ x + y + I(x^2) + I(x * y) + I(y^2), d))
srrr <- nls(q ~ b0 + b1 * x + b2 * y + b4^2 / (4 * b5) * x^2 + b4 * x * y + b5 * y^2, d, start = list(b0 = s[[1]], b1 = s[[2]], b2 = s[[3]], b4 = s[[5]], b5 = s[[6]]))
srsqd <- nls(q ~ b0 + b2 * b4 / (2 * b5) * x + b2 * y + b4^2 / (4 * b5) * x^2 + b4 * x * y + b5 * y^2, d, start = list(b0 = s[[1]], b2 = s[[3]], b4 = s[[5]], b5 = s[[6]]))
one <- lapply(list(SRRR = srrr, SRSQD = srsqd), function(f) list(k = attr(logLik(f), "df"), loglik = as.numeric(logLik(f))))
old <- if (file.exists("surface.json")) fromJSON("surface.json", simplifyVector = FALSE)$published
write_json(list(mixed = c(lapply(mixed, as.list), list(family = family)), one_level = one, published = old), "surface.json", auto_unbox = TRUE, digits = 12, pretty = TRUE)
