# Ordered answers of few categories: lavaan's WLSMV on items.csv cut into 2 and 3 categories. Writes ordered.json.
suppressMessages({library(lavaan); library(jsonlite)})
d <- read.csv("items.csv"); mee <- paste0("mentee_", c(paste0("trust", 1:4), paste0("growth", 1:3), paste0("care", 1:3)))
x <- d[mee]; three <- as.data.frame(lapply(x, function(v) cut(v, c(-Inf, 2, 3, Inf), labels = FALSE)))
two <- as.data.frame(lapply(x, function(v) (v > 3) + 1))
model <- "trust =~ mentee_trust1 + mentee_trust2 + mentee_trust3 + mentee_trust4
growth =~ mentee_growth1 + mentee_growth2 + mentee_growth3
care =~ mentee_care1 + mentee_care2 + mentee_care3"
models <- list(correlated = model, higher = paste(model, "\ngeneral =~ trust + growth + care"), one = paste("all =~", paste(mee, collapse = " + ")))
wanted <- c("chisq", "df", "cfi", "tli", "rmsea", "srmr", "chisq.scaled", "pvalue.scaled", "cfi.scaled", "tli.scaled", "rmsea.scaled",
            "rmsea.ci.lower.scaled", "rmsea.ci.upper.scaled", "chisq.scaling.factor")
one <- function(m, data) { f <- cfa(m, data, estimator = "WLSMV", ordered = mee); s <- standardizedSolution(f)
  list(n = nobs(f), fit = as.list(fitMeasures(f, wanted)), std = s[s$op == "=~", c("lhs", "rhs", "est.std", "se")],
       raw = parameterEstimates(f)[parameterEstimates(f)$op == "=~", c("lhs", "rhs", "est", "se")],
       r = s[s$op == "~~" & s$lhs != s$rhs, c("lhs", "rhs", "est.std", "se")]) }
G <- list(three = lapply(models, one, data = three), two = lapply(models[c("correlated", "one")], one, data = two))
G$versions <- list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")))
write_json(G, "ordered.json", digits = 12, auto_unbox = TRUE, na = "null", pretty = TRUE)
