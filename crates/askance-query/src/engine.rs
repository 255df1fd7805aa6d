//! The engine: a session over one archive, with its own runtime.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use askance_archive::{Archive, SourceEntry};
use datafusion::dataframe::DataFrame;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use tokio::runtime::Runtime;

use crate::families::Families;
use crate::fold::FoldUdaf;
use crate::state::StateFold;
use crate::{QueryError, Rows, tables};

/// How an engine may use the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Octets that queries may hold at once before they spill to disk or fail.
    pub memory_octets_max: usize,
    /// How many parts a query is split into; one a core is right.
    pub partitions: usize,
}

impl Default for Options {
    /// 4 GiB and as many partitions as the machine runs threads at once.
    fn default() -> Self {
        let partitions = std::thread::available_parallelism().map_or(1, usize::from);
        Self { memory_octets_max: 4 << 30, partitions }
    }
}

/// A query engine over one archive, as it was when it was opened.
pub struct Engine {
    archive: Archive,
    context: SessionContext,
    runtime: Arc<Runtime>,
    families: OnceLock<Arc<Families>>,
}

impl Engine {
    /// Opens an archive with [`Options::default`].
    ///
    /// # Errors
    /// [`QueryError::Archive`] where the archive cannot be read.
    pub fn open(dir: &Path) -> Result<Self, QueryError> {
        Self::open_with(dir, &Options::default())
    }

    /// Opens an archive.
    ///
    /// # Errors
    /// [`QueryError::Archive`] where the archive cannot be read.
    pub fn open_with(dir: &Path, options: &Options) -> Result<Self, QueryError> {
        let archive = Archive::open(dir)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.partitions.max(1))
            .thread_name("askance-query")
            .build()
            .map_err(|source| QueryError::Start { source })?;
        let config = SessionConfig::new()
            .with_target_partitions(options.partitions.max(1))
            .with_information_schema(false)
            .set_bool("datafusion.execution.parquet.pushdown_filters", true)
            .set_bool("datafusion.execution.parquet.reorder_filters", true)
            .set_bool("datafusion.sql_parser.collect_spans", true)
            .set_str("datafusion.execution.time_zone", "UTC");
        let pool = Arc::new(FairSpillPool::new(options.memory_octets_max));
        let environment = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc()?;
        let context = SessionContext::new_with_config_rt(config, environment);
        context.register_udaf(AggregateUDF::from(FoldUdaf::<StateFold>::new()));
        runtime.block_on(tables::register(&context, &archive))?;
        Ok(Self { archive, context, runtime: Arc::new(runtime), families: OnceLock::new() })
    }

    /// The committed sources, in the order of their commits.
    pub fn sources(&self) -> &[SourceEntry] {
        self.archive.sources()
    }

    /// Answers a SELECT statement; rows stream.
    ///
    /// # Errors
    /// [`QueryError::Sql`] with a position where the engine gives one; [`QueryError::ReadOnly`] for
    /// statements that would change something.
    pub fn sql(&self, sql: &str) -> Result<Rows, QueryError> {
        if sql.to_ascii_lowercase().contains("families") {
            tables::register_families(&self.context, &*self.families()?)?;
        }
        self.rows(self.plan(&self.context, sql)?)
    }

    /// The name families, built from the answers of the whole archive at the first call.
    ///
    /// # Errors
    /// As for any query.
    pub fn families(&self) -> Result<Arc<Families>, QueryError> {
        if let Some(families) = self.families.get() {
            return Ok(families.clone());
        }
        let built = Arc::new(Families::build(self)?);
        Ok(self.families.get_or_init(|| built).clone())
    }

    pub(crate) fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Plans a SELECT statement in a session.
    pub(crate) fn plan(&self, context: &SessionContext, sql: &str) -> Result<DataFrame, QueryError> {
        let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        self.runtime
            .block_on(context.sql_with_options(sql, options))
            .map_err(|error| QueryError::from_engine(error, || tables::describe(context, &self.runtime)))
    }

    pub(crate) fn rows(&self, frame: DataFrame) -> Result<Rows, QueryError> {
        let stream = self.runtime.block_on(frame.execute_stream())?;
        Ok(Rows::new(stream, self.runtime.clone()))
    }

    /// Plans and runs a statement of ours.
    pub(crate) fn ask(&self, sql: &str) -> Result<Rows, QueryError> {
        self.rows(self.plan(&self.context, sql)?)
    }
}
