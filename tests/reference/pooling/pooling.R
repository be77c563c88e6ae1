# Makes imputed.csv from ../lmm/dyads.csv, and the numbers in pooling.json (R 4.2.2, lme4 1.1-31, mitml 0.4-4).
library(lme4)
d <- read.csv("../lmm/dyads.csv")
d$mentor <- factor(d$mentor)
# Five copies in which 15 outcomes differ, as imputations would.
sets <- lapply(1:5, function(i) { set.seed(i); s <- d; at <- sample(nrow(d), 15); s$q[at] <- s$q[at] + rnorm(15, 0, .6); s })
write.csv(data.frame(lapply(setNames(sets, paste0("q", 1:5)), function(s) s$q)), "imputed.csv", row.names = FALSE)
fits <- lapply(sets, function(s) lmer(q ~ simw + simb + (1 | mentor), s, REML = FALSE))
none <- lapply(sets, function(s) lmer(q ~ 1 + (1 | mentor), s, REML = FALSE))
Q <- sapply(fits, fixef); U <- sapply(fits, function(m) diag(as.matrix(vcov(m))))
print(Q, digits = 12); print(U, digits = 12)
if (requireNamespace("mitml")) {
  library(mitml)
  fits <- structure(fits, class = "mitml.result"); none <- structure(none, class = "mitml.result")
  print(testEstimates(fits, df.com = 80)$estimates, digits = 12)
  for (method in c("D1", "D2", "D3")) print(testModels(fits, none, method = method)$test, digits = 12)
}
