//! The binary as a user runs it: standard output, standard error, exit code.

mod case;
mod files;
mod run;
