# Makes the numbers in both_sides.json from ../lmm/dyads.csv (R 4.2.2, nlme 3.1.162, lme4 1.1.31, pbkrtest 0.5.2).
library(nlme); library(lme4); library(pbkrtest); library(jsonlite)
d <- read.csv("../lmm/dyads.csv")
L <- rbind(data.frame(mentor = d$mentor, dyad = d$mentee, role = "mentee", y = d$q, own = d$Y, oth = d$X),
           data.frame(mentor = d$mentor, dyad = d$mentee, role = "mentor", y = d$mq, own = d$X, oth = d$Y))
L$role <- factor(L$role); L$F <- as.numeric(L$role == "mentor"); L$P <- 1 - L$F
L <- L[order(L$mentor, L$dyad, L$role), ]
G <- list()
# Actor and partner effects on the first mentee of each mentor, so that dyads are independent.
A <- L[L$dyad %in% d$mentee[!duplicated(d$mentor)], ]; A$ownc <- A$own - 4.5; A$othc <- A$oth - 4.5
two <- function(m) gls(y ~ 0 + role + role:ownc + role:othc, A, correlation = corCompSymm(form = ~ 1 | dyad), weights = varIdent(form = ~ 1 | role), method = m)
one <- gls(y ~ ownc + othc, A, correlation = corCompSymm(form = ~ 1 | dyad), method = "ML")
r <- two("REML"); b <- coef(r); V <- vcov(r)
# k = partner / actor with the delta method's standard error
ratio <- function(p, a) { k <- b[[p]] / b[[a]]; g <- c(1 / b[[a]], -b[[p]] / b[[a]]^2); c(k = k, se = sqrt(drop(t(g) %*% V[c(p, a), c(p, a)] %*% g))) }
G$independent <- list(coef = as.list(b), se = as.list(sqrt(diag(V))), ll_reml = as.numeric(logLik(r)), ll_ml = as.numeric(logLik(two("ML"))),
  ll_same = as.numeric(logLik(one)), lr = 2 * as.numeric(logLik(two("ML")) - logLik(one)), same = as.list(coef(one)),
  k_mentee = as.list(ratio("rolementee:othc", "rolementee:ownc")), k_mentor = as.list(ratio("rolementor:othc", "rolementor:ownc")))
# The same with all mentees of each mentor: two correlated effects per mentor.
m <- lme(y ~ 0 + role + role:own + role:oth, random = ~ 0 + F + P | mentor, correlation = corCompSymm(form = ~ 1 | mentor/dyad),
         weights = varIdent(form = ~ 1 | role), data = L, method = "REML",
         control = lmeControl(opt = "optim", maxIter = 500, msMaxIter = 500, msTol = 1e-12, tolerance = 1e-10))
S <- getVarCov(m); w <- coef(m$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
G$clustered <- list(coef = as.list(fixef(m)), se = as.list(sqrt(diag(vcov(m)))), loglik = as.numeric(logLik(m)),
  var_mentor = S["F", "F"], var_mentee = S["P", "P"], cov = S["F", "P"], e_mentor = (m$sigma * w[["mentor"]])^2, e_mentee = (m$sigma * w[["mentee"]])^2,
  rho = unname(coef(m$modelStruct$corStruct, unconstrained = FALSE)))
# Within and between mentors: mentees' standing (Y) differs in both, mentors' (X) between mentors only.
L$Y <- ifelse(L$role == "mentee", L$own, L$oth); L$X <- ifelse(L$role == "mentee", L$oth, L$own)
L$Yb <- ave(L$Y, L$mentor, L$role); L$Yw <- L$Y - L$Yb
split <- function(part) lme(part, random = ~ 0 + F + P | mentor, correlation = corCompSymm(form = ~ 1 | mentor/dyad), weights = varIdent(form = ~ 1 | role),
  data = L, method = "REML", control = lmeControl(opt = "optim", maxIter = 500, msMaxIter = 500, msTol = 1e-12, tolerance = 1e-10))
apart <- split(y ~ 0 + role + role:Yw + role:Yb + role:X); contextual <- split(y ~ 0 + role + role:Y + role:Yb + role:X)
G$levels <- list(coef = as.list(fixef(apart)), se = as.list(sqrt(diag(vcov(apart)))), more = as.list(fixef(contextual)), more_se = as.list(sqrt(diag(vcov(contextual)))))
# How far apart the two sides are: mean gap with Kenward-Roger, and the variances of the difference.
g <- lmer(q - mq ~ 1 + (1 | mentor), d); k <- KRmodcomp(g, matrix(1, 1, 1))$stats; v <- as.data.frame(VarCorr(g))$vcov
G$gap <- list(estimate = unname(fixef(g)), se = sqrt(as.matrix(vcovAdj(g))[1, 1]), df = k$ddf, p = k$p.value, between = v[1], within = v[2])
# ICC(A,1) from mean squares (McGraw & Wong 1996), on the first mentee of each mentor
f <- d[!duplicated(d$mentor), ]; n <- nrow(f)
long <- data.frame(y = c(f$q, f$mq), pair = factor(rep(1:n, 2)), side = factor(rep(1:2, each = n)))
ms <- anova(lm(y ~ pair + side, long))[["Mean Sq"]]
G$icc_a1 <- (ms[1] - ms[3]) / (ms[1] + ms[3] + 2 * (ms[2] - ms[3]) / n)
write_json(G, "both_sides.json", auto_unbox = TRUE, digits = 12, pretty = TRUE)
