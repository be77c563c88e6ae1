# Reference numbers for reliability: R 4.x with psych, lavaan, semTools, on ../factors/items.csv (mentee_trust1..4, clustered by mentor).
# Run here: Rscript reliability.R
suppressMessages({library(lavaan); library(semTools); library(jsonlite)})
d <- read.csv("../factors/items.csv"); it <- paste0("mentee_trust", 1:4); d <- d[complete.cases(d[it]), c("mentor", it)]
model <- paste("f =~", paste(it, collapse = " + ")); G <- list()
omega <- function(x) { e <- lavInspect(cfa(model, x, std.lv = TRUE, control = list(rel.tol = 1e-11)), "est")
  sum(e$lambda)^2 / (sum(e$lambda)^2 + sum(diag(e$theta))) }
alpha <- function(x) { S <- cov(x[it]); 4 / 3 * (1 - sum(diag(S)) / sum(S)) }
# A bootstrap draw is a list of mentors: odd ones, even ones, those up to 20 twice.
draw <- function(ids) do.call(rbind, lapply(ids, function(m) d[d$mentor == m, ]))
ids <- sort(unique(d$mentor))
draws <- list(all = ids, odd = ids[ids %% 2 == 1], even = ids[ids %% 2 == 0], twice = c(ids, ids[ids <= 20]))
G$omega <- lapply(draws, function(i) omega(draw(i))); G$alpha <- lapply(draws, function(i) alpha(draw(i)))
# Ordinal: polychoric correlations; Zumbo's alpha; Green and Yang's omega from unweighted least squares.
pc <- lavCor(d[it], ordered = it, output = "cor"); G$ordinal_alpha <- 4 / 3 * (1 - 4 / sum(pc))
f <- cfa(model, d, ordered = it, estimator = "ULSMV", std.lv = TRUE); G$uls <- as.numeric(lavInspect(f, "est")$lambda)
G$ordinal_omega <- as.numeric(compRelSEM(f, ord.scale = TRUE, obs.var = TRUE))
# Two levels by analysis of variance.
n <- nrow(d); g <- factor(d$mentor); C <- nlevels(g); X <- as.matrix(d[it])
m <- apply(X, 2, function(x) ave(x, g)); W <- crossprod(X - m) / (n - C)
B <- crossprod(sweep(m, 2, colMeans(X))) / (C - 1); nt <- (n - sum(table(g)^2) / n) / (C - 1); S <- (B - W) / nt
a <- function(S) 4 / 3 * (1 - sum(diag(S)) / sum(S))
G$levels <- list(within = a(W), between = a(S), omega_within = NA, size = nt)
fw <- lavInspect(cfa(model, sample.cov = W, sample.nobs = 1e6, std.lv = TRUE, control = list(rel.tol = 1e-11)), "est")
G$levels$omega_within <- sum(fw$lambda)^2 / (sum(fw$lambda)^2 + sum(diag(fw$theta)))
tot <- rowSums(X); ms <- summary(aov(tot ~ g))[[1]][["Mean Sq"]]
G$levels$icc <- (ms[1] - ms[2]) / (ms[1] + (nt - 1) * ms[2]); G$levels$mentor_mean <- (ms[1] - ms[2]) / ms[1]
G$spearman_brown <- { r <- cor(d$mentee_trust1, d$mentee_trust2); 2 * r / (1 + r) }
write(toJSON(G, auto_unbox = TRUE, digits = 15, pretty = TRUE), "reliability.json")
