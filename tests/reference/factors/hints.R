# Modification indices and factor correlations with standard errors: lavaan 0.6-14, on items.csv. Writes hints.json.
suppressMessages({library(lavaan); library(jsonlite)})
d <- read.csv("items.csv"); G <- list()
mee <- paste0("mentee_", c(paste0("trust", 1:4), paste0("growth", 1:3), paste0("care", 1:3)))
three <- "trust =~ mentee_trust1 + mentee_trust2 + mentee_trust3 + mentee_trust4
growth =~ mentee_growth1 + mentee_growth2 + mentee_growth3
care =~ mentee_care1 + mentee_care2 + mentee_care3"
complete <- d[complete.cases(d[mee]), ]
mi <- function(f) { m <- modificationIndices(f); m[order(-m$mi), intersect(c("lhs","op","rhs","mi","mi.scaled","epc","sepc.all"), names(m))] }
cc <- function(f) { s <- standardizedSolution(f); s[s$op == "~~" & s$lhs %in% c("trust","growth","care") & s$lhs != s$rhs, c("lhs","rhs","est.std","se")] }
G$ml <- mi(cfa(three, complete, estimator = "MLR")); G$fiml <- mi(cfa(three, d, estimator = "MLR", missing = "fiml"))
h <- cfa(paste(three, "\ngeneral =~ trust + growth + care"), complete, estimator = "MLR"); G$higher <- mi(h)
G$correlations <- cc(cfa(three, complete, estimator = "MLR", cluster = "mentor"))
G$one <- mi(cfa(paste("all =~", paste(mee, collapse = " + ")), complete, estimator = "MLR"))
ref <- list(ml = head(G$ml, 12), fiml = head(G$fiml, 12), higher = head(G$higher, 12), one = head(G$one, 12), correlations = G$correlations,
  versions = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan"))))
write_json(ref, "hints.json", digits = 12, auto_unbox = TRUE, na = "null", pretty = TRUE)
