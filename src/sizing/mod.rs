//! Judgement to advice: circuits and people, now and after growth.
