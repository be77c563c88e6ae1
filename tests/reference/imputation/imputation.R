# Imputes dyads.csv by mice (2l.pan with cluster means) and by jomo, and writes the pooled model to imputation.json
# (R 4.2.2, mice 3.15.0, pan 1.6, jomo 2.7-4, mitml 0.4-4, lme4 1.1-31).
# dyads.csv: 40 mentors with 6 relationships each, made up; x missing more often where q is high, q where z is high.
library(mice); library(lme4); library(jomo); library(mitml)
d <- read.csv("dyads.csv")
m <- 200
analyse <- function(sets) {
  fits <- lapply(sets, function(s) {
    s$simb <- ave(s$x, s$mentor); s$simw <- s$x - s$simb
    lmer(q ~ simw + simb + (1 | mentor), s)
  })
  testEstimates(structure(fits, class = "mitml.result"))$estimates
}

one <- d[c("mentor", "q", "x", "z")]
pred <- make.predictorMatrix(one)
# -2: the cluster; 3: the predictor and its cluster mean.
for (v in c("q", "x")) { pred[v, ] <- 3; pred[v, "mentor"] <- -2; pred[v, v] <- 0 }
set.seed(1)
imp <- mice(one, method = c(mentor = "", q = "2l.pan", x = "2l.pan", z = ""), predictorMatrix = pred, m = m, maxit = 10, printFlag = FALSE)
by_mice <- analyse(complete(imp, "all"))

set.seed(1)
long <- jomo1rancon(Y = one[c("q", "x", "z")], clus = one["mentor"], nburn = 2000, nbetween = 200, nimp = m, output = 0)
sets <- lapply(1:m, function(i) { s <- long[long$Imputation == i, ]; s$mentor <- s$clus; s })
by_jomo <- analyse(sets)

done <- analyse(list(one[complete.cases(one), ], one[complete.cases(one), ]))
line <- function(name, e) sprintf('  "%s": {%s}', name, paste(sprintf('"%s": {"estimate": %.6f, "se": %.6f, "fmi": %.4f}',
  c("intercept", "simw", "simb"), e[, "Estimate"], e[, "Std.Error"], ifelse(is.finite(e[, "FMI"]), e[, "FMI"], 0)), collapse = ", "))
writeLines(c("{", paste(c(line("mice", by_mice), line("jomo", by_jomo), line("complete", done)), collapse = ",\n"), "}"), "imputation.json")
