# Paths of a parallel mediation by lme4 and pbkrtest, and the intervals of their products by brute force.
# Rscript mediation.R > mediation.csv   (R 4.2.2, lme4 1.1.31, lmerTest 3.1.3, pbkrtest 0.5.2)
suppressMessages(library(lmerTest))
d <- read.csv("rows.csv")
for (v in c("x", "m1", "m2")) {
  mean_v <- ave(d[[v]], d$mentor)
  d[[paste0(v, "_within")]] <- d[[v]] - mean_v
  d[[paste0(v, "_between")]] <- mean_v
}
row <- function(fit, term, name) {
  s <- coef(summary(fit, ddf = "Kenward-Roger"))[term, ]
  data.frame(path = name, estimate = s[["Estimate"]], se = s[["Std. Error"]], df = s[["df"]], p = s[["Pr(>|t|)"]])
}
tight <- lmerControl(optCtrl = list(maxeval = 1e5, xtol_abs = 1e-12, ftol_abs = 1e-12))
a1 <- lmer(m1 ~ x_within + x_between + (1 | mentor), d, control = tight)
a2 <- lmer(m2 ~ x_within + x_between + (1 | mentor), d, control = tight)
y <- lmer(y ~ x_within + x_between + m1_within + m1_between + m2_within + m2_between + (1 | mentor), d, control = tight)
total <- lmer(y ~ x_within + x_between + (1 | mentor), d, control = tight)
out <- rbind(row(a1, "x_within", "a_m1"), row(a2, "x_within", "a_m2"), row(y, "m1_within", "b_m1"), row(y, "m2_within", "b_m2"),
             row(y, "x_within", "direct"), row(total, "x_within", "total"))
set.seed(1)
n <- 4e6
draw <- function(p) out$estimate[out$path == p] + out$se[out$path == p] * rt(n, out$df[out$path == p])
for (m in c("m1", "m2")) {
  q <- quantile(draw(paste0("a_", m)) * draw(paste0("b_", m)), c(.025, .975))
  out <- rbind(out, data.frame(path = paste0("interval_", m), estimate = q[[1]], se = q[[2]], df = NA, p = NA))
}
write.csv(format(out, digits = 12), row.names = FALSE, quote = FALSE)
