# Reference numbers for the factor models: lavaan 0.6-14, psych, semTools, on items.csv (made by make_items.py).
suppressMessages({library(lavaan); library(jsonlite); library(semTools)})
d <- read.csv("items.csv"); G <- list()
mee <- paste0("mentee_", c(paste0("trust", 1:4), paste0("growth", 1:3), paste0("care", 1:3)))
three <- "trust =~ mentee_trust1 + mentee_trust2 + mentee_trust3 + mentee_trust4
growth =~ mentee_growth1 + mentee_growth2 + mentee_growth3
care =~ mentee_care1 + mentee_care2 + mentee_care3"
wanted <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr_bentler", "logl", "npar", "aic", "bic",
            "chisq.scaled", "chisq.scaling.factor", "cfi.robust", "tli.robust", "rmsea.robust")
one <- function(f) { m <- fitMeasures(f); p <- parameterEstimates(f); s <- standardizedSolution(f)
  list(fit = as.list(m[intersect(wanted, names(m))]),
       loadings = p[p$op == "=~", intersect(c("lhs", "rhs", "group", "est", "se"), names(p))],
       std = s[s$op == "=~", intersect(c("lhs", "rhs", "group", "est.std", "se"), names(s))]) }
complete <- d[complete.cases(d[mee]), ]
G$mlr <- one(cfa(three, complete, estimator = "MLR"))
G$fiml <- one(cfa(three, d, estimator = "MLR", missing = "fiml"))
G$fiml_clustered <- one(cfa(three, d, estimator = "MLR", missing = "fiml", cluster = "mentor"))
G$clustered <- one(cfa(three, complete, estimator = "MLR", cluster = "mentor"))
G$higher <- one(cfa(paste(three, "\ngeneral =~ trust + growth + care"), complete, estimator = "MLR"))
G$onefactor <- one(cfa("trust =~ mentee_trust1 + mentee_trust2 + mentee_trust3 + mentee_trust4", complete, estimator = "MLR"))
G$omega <- as.list(compRelSEM(cfa(three, complete)))
ordered <- cfa(three, complete, estimator = "WLSMV", ordered = mee)
m <- fitMeasures(ordered)
G$ordinal <- list(fit = as.list(m[c("chisq", "df", "cfi", "tli", "rmsea", "srmr", "chisq.scaled", "pvalue.scaled", "cfi.scaled", "tli.scaled", "rmsea.scaled", "chisq.scaling.factor")]),
                  std = standardizedSolution(ordered)[standardizedSolution(ordered)$op == "=~", c("lhs", "rhs", "est.std", "se")])
pc <- lavCor(complete[mee], ordered = mee, output = "cor"); G$polychoric <- unclass(pc); attr(G$polychoric, "class") <- NULL
th <- lavCor(complete[mee], ordered = mee, output = "th"); G$thresholds <- as.list(unclass(th))
# Two roles in one matrix: same items' residuals correlate; steps of invariance across roles.
items <- list(trust = paste0("trust", 1:4), growth = paste0("growth", 1:3), care = paste0("care", 1:3))
dyad <- function(loadings = FALSE, intercepts = FALSE, residuals = FALSE, free = character()) {
  lines <- c(); roles <- c("mentor", "mentee")
  for (r in roles) for (f in names(items)) {
    terms <- sapply(seq_along(items[[f]]), function(k) { i <- items[[f]][k]
      lab <- if (k == 1) "1*" else if (loadings && !(i %in% free)) paste0("l", i, "*") else ""; paste0(lab, r, "_", i) })
    lines <- c(lines, paste0(r, "_", f, " =~ ", paste(terms, collapse = " + ")))
    if (intercepts && r == "mentee") lines <- c(lines, paste0(r, "_", f, " ~ NA*1"))
    if (intercepts && r == "mentor") lines <- c(lines, paste0(r, "_", f, " ~ 0*1")) }
  for (f in names(items)) for (i in items[[f]]) { lines <- c(lines, paste0("mentor_", i, " ~~ mentee_", i))
    for (r in roles) { if (intercepts && !(i %in% free)) lines <- c(lines, paste0(r, "_", i, " ~ t", i, "*1"))
      if (residuals && !(i %in% free)) lines <- c(lines, paste0(r, "_", i, " ~~ e", i, "*", r, "_", i)) } }
  paste(lines, collapse = "\n") }
steps <- list(configural = dyad(), metric = dyad(TRUE), scalar = dyad(TRUE, TRUE), strict = dyad(TRUE, TRUE, TRUE), partial = dyad(TRUE, TRUE, free = "growth2"))
G$dyadic <- lapply(steps, function(s) one(cfa(s, d, missing = "fiml", estimator = "MLR"))$fit)
long <- rbind(setNames(data.frame(complete[mee], role = "mentee"), c(unlist(items), "role")),
              setNames(data.frame(d[complete.cases(d[paste0("mentor_", unlist(items))]), paste0("mentor_", unlist(items))], role = "mentor"), c(unlist(items), "role")))
plain <- gsub("mentee_", "", three)
G$grouped <- lapply(list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"), strict = c("loadings", "intercepts", "residuals")),
                    function(e) one(cfa(plain, long, group = "role", group.equal = e, estimator = "MLR"))$fit)
G$modification <- head(modificationIndices(cfa(three, complete), sort. = TRUE), 6)[, c("lhs", "op", "rhs", "mi", "epc")]
G$versions <- list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")), semTools = as.character(packageVersion("semTools")))
write_json(G, "factors.json", auto_unbox = TRUE, digits = 12, pretty = TRUE, null = "null", na = "null")
