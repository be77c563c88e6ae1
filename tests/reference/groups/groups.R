# Makes groups.json from ../lmm/dyads.csv (R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2, jsonlite).
# Run in this folder: Rscript groups.R. Marginal means are L %*% fixef with Kenward-Roger's vcov and df: what emmeans gives.
library(lme4); library(pbkrtest); library(jsonlite)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9))
d <- read.csv("../lmm/dyads.csv")
d$race <- factor(ifelse(d$race_match == 1, "same", "other"), levels = c("other", "same"))
d$wave <- factor(d$wave); d$mentor <- factor(d$mentor); d$peer <- factor(d$peer); d$program <- factor(d$program)
m <- lmer(q ~ race * simw + wave + X + (1 | mentor), d, control = tight)
V <- as.matrix(vcovAdj(m)); b <- fixef(m)
linear <- function(L) { se <- sqrt(drop(L %*% V %*% L)); df <- Lb_ddf(L, vcov(m), vcovAdj(m)); list(estimate = drop(L %*% b), se = se, df = df) }
X <- function(rows) model.matrix(~ race * simw + wave + X, rows)
at <- function(level, rows) { rows$race <- factor(level, levels = levels(d$race)); colMeans(X(rows)) }
balanced <- expand.grid(wave = levels(d$wave), simw = mean(d$simw), X = mean(d$X), race = "other"); balanced$wave <- factor(balanced$wave, levels = levels(d$wave))
slope <- function(level) { hi <- d; lo <- d; hi$simw <- 1; lo$simw <- 0; at(level, hi) - at(level, lo) }
means <- lapply(c("other", "same"), function(l) list(level = l, observed = linear(at(l, d)), equal = linear(at(l, balanced)), slope = linear(slope(l))))
gap <- linear(at("same", d) - at("other", d))
# Strata: three groups of X by three of Y by race, crossed with the mentor.
d$x3 <- cut(d$X, 3, labels = c("a", "b", "c")); d$y3 <- cut(d$Y, 3, labels = c("a", "b", "c"))
d$stratum <- factor(paste(d$x3, d$y3, d$race, sep = " \u00d7 "))
s0 <- lmer(mq ~ 1 + (1 | stratum) + (1 | mentor), d, control = tight)
s1 <- lmer(mq ~ x3 + y3 + race + (1 | stratum) + (1 | mentor), d, control = tight)
var_of <- function(m) { v <- as.data.frame(VarCorr(m)); setNames(v$vcov, v$grp) }
v0 <- var_of(s0); v1 <- var_of(s1); r0 <- ranef(s0)$stratum
# Two functions in one model: q and q3 stacked, +1/2 and -1/2, form = peer 1 to 6 against the rest.
long <- rbind(data.frame(d[c("mentor", "mentee")], sheet = seq_len(nrow(d)), support = d$q, f = .5, form = ifelse(as.integer(as.character(d$peer)) <= 6, 1, 0)),
              data.frame(d[c("mentor", "mentee")], sheet = seq_len(nrow(d)), support = d$q3, f = -.5, form = ifelse(as.integer(as.character(d$peer)) <= 6, 1, 0)))
long$mf <- factor(paste(long$mentor, long$f)); long$sheet <- factor(long$sheet)
f <- lmer(support ~ f * form + (1 | mentor) + (1 | mf) + (1 | sheet), long, control = tight)
fkr <- KRmodcomp(f, matrix(c(0, 0, 0, 1), 1))$stats
# Korn and Graubard's interval from CR2's standard error of a mean, clusters = mentors.
y <- as.numeric(d$mq > 4); n <- length(y); g <- split(y - mean(y), d$mentor); k <- sapply(g, length); room <- 1 - k / n
se <- sqrt(sum(sapply(g, sum)^2 / room)) / n
P <- -outer(k, k) / n^3 / sqrt(outer(room, room)); diag(P) <- k / n^2; nu <- sum(diag(P))^2 / sum(P^2)
ns <- min(n, mean(y) * (1 - mean(y)) / se^2 * (qt(.975, n - 1) / qt(.975, nu))^2); x <- ns * mean(y)
rate <- list(rate = mean(y), se = se, df = nu, low = qbeta(.025, x, ns - x + 1), high = qbeta(.975, x + 1, ns - x))
write_json(list(means = means, gap = as.list(gap), rate = rate,
  strata = list(vpc = v0[["stratum"]] / sum(v0), vpc_main = v1[["stratum"]] / sum(v1), pcv = 1 - v1[["stratum"]] / v0[["stratum"]], variances = as.list(v0),
                modes = as.list(setNames(r0[[1]], rownames(r0))), intercept = fixef(s0)[[1]]),
  functions = list(estimate = fixef(f)[["f:form"]], se = sqrt(as.matrix(vcovAdj(f))[4, 4]), df = fkr$ddf)),
  "groups.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
print(v0); print(v1); print(isSingular(f))
