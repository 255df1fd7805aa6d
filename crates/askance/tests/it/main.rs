//! The binary as a user runs it: standard output, standard error, exit code.

#![expect(clippy::disallowed_methods, reason = "tests read the small files that they look at")]

mod case;
mod case_2016;
mod files;
mod lab;
mod lab_serve;
mod posture;
mod run;
mod survey;
mod verify;
