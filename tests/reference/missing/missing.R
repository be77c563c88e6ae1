# What a mentor's silence goes with, and who left: linear models with CR2 standard errors (clubSandwich).
# Run in this folder: Rscript missing.R
library(clubSandwich)
sheets <- read.csv("sheets.csv")
heard <- subset(sheets, mentee_silent == 0)
heard$x <- (heard$age - mean(heard$age)) / sd(heard$age)
fit <- lm(mentor_silent ~ x + factor(wave), heard)
age <- coef_test(fit, vcovCR(fit, heard$mentor, "CR2"), test = "Satterthwaite")["x", ]
both <- rbind(data.frame(sheets, silent = sheets$mentor_silent, is_mentor = 1), data.frame(sheets, silent = sheets$mentee_silent, is_mentor = 0))
both <- subset(both, !(mentor_silent == 1 & mentee_silent == 1))
fit <- lm(silent ~ is_mentor + factor(wave), both)
side <- coef_test(fit, vcovCR(fit, both$mentor, "CR2"), test = "Satterthwaite")["is_mentor", ]
first <- subset(sheets, wave == 1 & mentee_silent == 0)
second <- subset(sheets, wave == 2)
first$left <- second$mentee_silent[match(first$dyad, second$dyad)]
within <- residuals(lm(quality ~ left, first))
first$z <- first$quality / sqrt(sum(within^2) / (nrow(first) - 2))
fit <- lm(z ~ left, first)
left <- coef_test(fit, vcovCR(fit, first$mentor, "CR2"), test = "Satterthwaite")["left", ]
rows <- rbind(age, side, left)
write.csv(data.frame(what = c("age", "side", "left"), estimate = rows$beta, se = rows$SE, df = rows$df_Satt, p = rows$p_Satt), "missing.csv", row.names = FALSE)
