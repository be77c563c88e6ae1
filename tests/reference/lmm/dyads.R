# Makes the numbers in dyads.json from dyads.csv (R 4.2.2).
library(lme4); library(lmerTest); library(pbkrtest); library(clubSandwich); library(nlme); library(performance)
d <- read.csv("dyads.csv"); for (k in c("program", "mentor", "mentee", "peer")) d[[k]] <- factor(d[[k]])
m1 <- lmer(q ~ simw + simb + race_match + wave + (1 | mentor), d)
m2 <- lmer(q ~ simw + simb + race_match + wave + (1 + simw | mentor), d)
m3 <- lmer(q3 ~ simw + simb + race_match + wave + (1 | mentor) + (1 | peer), d)
m3s <- lmer(q ~ simw + simb + race_match + wave + (1 | mentor) + (1 | peer), d)
m4 <- lmer(q ~ simw + simb + race_match + wave + (1 | program/mentor), d)
kr <- function(m) lapply(seq_along(fixef(m)), function(j) KRmodcomp(m, t(diag(length(fixef(m)))[j, ]))$stats)
joint <- rbind(c(0, 1, 0, 0, 0), c(0, 0, 1, 0, 0)); contestMD(m1, joint); KRmodcomp(m1, joint)
coef_test(m1, vcov = vcovCR(m1, d$mentor, "CR2"), cluster = d$mentor, test = "Satterthwaite")          # cr2
ols <- lm(q ~ simw + simb + race_match + wave, d)
coef_test(ols, vcov = vcovCR(ols, d$mentor, "CR2"), cluster = d$mentor, test = "Satterthwaite")        # cr2_ols
lrt <- anova(update(m1, REML = FALSE), update(m1, . ~ . - simw, REML = FALSE))                         # lrt
boundary <- 2 * (logLik(m1, REML = TRUE) - logLik(ols, REML = TRUE))                                   # one variance, p halved
lomo <- sapply(levels(d$mentor), function(l) fixef(update(m1, data = d[d$mentor != l, ]))["simw"])
# one-with-many: two reports per dyad, two correlated effects per mentor, a 2x2 residual covariance per dyad
L <- rbind(data.frame(mentor = d$mentor, dyad = d$mentee, role = "mentee", y = d$q),
           data.frame(mentor = d$mentor, dyad = d$mentee, role = "mentor", y = d$mq))
L$F <- as.numeric(L$role == "mentor"); L$P <- 1 - L$F; L <- L[order(L$mentor, L$dyad, L$role), ]
owm <- lme(y ~ 0 + F + P, random = ~ 0 + F + P | mentor, correlation = corCompSymm(form = ~ 1 | mentor/dyad),
           weights = varIdent(form = ~ 1 | role), data = L, method = "REML")
