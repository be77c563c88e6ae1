# Exploratory factor analysis: psych (minres), stats (varimax, promax), on items.csv. Writes explore.json.
suppressMessages({library(psych); library(jsonlite)})
d <- read.csv("items.csv"); mee <- paste0("mentee_", c(paste0("trust", 1:4), paste0("growth", 1:3), paste0("care", 1:3)))
x <- d[complete.cases(d[mee]), mee]; r <- cor(x); G <- list()
f <- fa(r, 3, n.obs = nrow(x), fm = "minres", rotate = "none")
G$unique <- unname(f$uniquenesses)
v <- varimax(unclass(f$loadings), eps = 1e-12); p <- promax(v$loadings)
G$varimax <- unname(unclass(v$loadings)); G$pattern <- unname(unclass(p$loadings)); G$phi <- unname(solve(crossprod(p$rotmat)))
G$one <- unname(unclass(fa(r, 1, n.obs = nrow(x), fm = "minres")$loadings)[, 1])
set.seed(1); h <- fa.parallel(x, fa = "pc", sim = FALSE, n.iter = 2000, quant = 0.95, plot = FALSE)
G$eigen <- h$pc.values; G$shuffled_mean <- unname(colMeans(h$values[, grep("^CP?C|^PC|^C[0-9]", colnames(h$values))[seq_along(mee)], drop = FALSE])); G$n <- nrow(x); G$kept <- h$ncomp
G$versions <- list(R = R.version.string, psych = as.character(packageVersion("psych")))
write_json(G, "explore.json", digits = 12, auto_unbox = TRUE, na = "null", pretty = TRUE)
