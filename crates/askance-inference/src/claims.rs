//! Statistics that test what people say about many series.
//!
//! Each that judges answers with a [`Verdict`] of these records alone, the [`Condition`]s that it checked, numbers
//! with intervals, and how many variants were tried; the others count and estimate. p-values are of "chance did it";
//! likelihood ratios name their alternative. `cargo xtask null-farm` counts how often they are wrong where nothing is
//! going on.

mod chance;
mod change;
mod cohort;
mod complete;
mod concentration;
mod connection;
mod control;
mod coverage;
mod days;
mod exposure;
mod finding;
mod follows;
mod hours;
mod nb;
mod odd;
mod oneortwo;
mod reaction;
mod rise;

pub use change::{Change, ChangePoint, ChangeQuestion, Stretch, change};
pub use cohort::{Cohort, Member, Period, Side, cohort};
pub use complete::{
    Completeness, CompletenessQuestion, Found, Kind, Knowable, Row, Silence, TypeMissing, chapman, complete, disagree,
    missing_types, silences,
};
pub use concentration::{ClientCount, Concentration, Share, concentration, jeffreys, top_share};
pub use connection::{Connection, lookup_implies_connection};
pub use control::{Control, Role, controlled_by};
pub use coverage::Coverage;
pub use finding::{Checked, Condition, Estimate, Verdict};
pub use follows::{Follows, FollowsQuestion, Happening, Window, WindowResult, follows_events, usual_windows};
pub use hours::{Hours, HoursFound, hours};
pub use odd::{Odd, accepts_only_from, configuration_is_odd};
pub use oneortwo::{Behind, OneOrTwo, one_client_or_two};
pub use reaction::{FirstMover, Order, Reaction, Rival, first_mover, reaction};
pub use rise::{Rise, RiseQuestion, Shape, rise};
