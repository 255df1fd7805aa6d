//! Aggregate functions over values that can be folded and merged in any order.
//!
//! One implementation of `DataFusion`'s two accumulator interfaces serves every [`Fold`]. The partial state that
//! travels between partitions, spills to disk or crosses machines is the fold's own encoding in one column.

use std::any::type_name;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use datafusion::arrow::array::builder::LargeBinaryBuilder;
use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, ArrayRef, BooleanArray, LargeBinaryArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, TypeSignature, Volatility,
};
use datafusion::scalar::ScalarValue;

/// A value that rows are folded into. The law: any order, any partition, the same encoding.
pub(crate) trait Fold: Default + std::fmt::Debug + Send + Sync + 'static {
    /// The name in SQL.
    const NAME: &'static str;
    /// With how many arguments it may be called.
    const ARITIES: &'static [usize];
    /// The arguments of a batch, cast to what `update` reads.
    type Columns;

    fn columns(arguments: &[ArrayRef]) -> Result<Self::Columns>;
    fn update(&mut self, columns: &Self::Columns, row: usize);
    fn merge(&mut self, encoded: &[u8]) -> Result<()>;
    fn encode(&self, out: &mut Vec<u8>);
    /// Octets on the heap.
    fn heap_size(&self) -> usize;
}

/// The aggregate function of a [`Fold`].
pub(crate) struct FoldUdaf<F> {
    signature: Signature,
    of: PhantomData<fn() -> F>,
}

impl<F: Fold> FoldUdaf<F> {
    pub(crate) fn new() -> Self {
        let arities = F::ARITIES.iter().map(|&n| TypeSignature::Any(n)).collect();
        Self { signature: Signature::one_of(arities, Volatility::Immutable), of: PhantomData }
    }
}

impl<F> std::fmt::Debug for FoldUdaf<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(type_name::<F>())
    }
}

impl<F> PartialEq for FoldUdaf<F> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<F> Eq for FoldUdaf<F> {}

impl<F> Hash for FoldUdaf<F> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        type_name::<F>().hash(state);
    }
}

impl<F: Fold> AggregateUDFImpl for FoldUdaf<F> {
    fn name(&self) -> &str {
        F::NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        // 64-bit offsets: the states of all groups of a partition may exceed 2 GiB.
        Ok(DataType::LargeBinary)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[state]", args.name), DataType::LargeBinary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One(F::default())))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::<F> { folds: Vec::new(), heap: 0 }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

#[derive(Debug)]
struct One<F>(F);

impl<F: Fold> Accumulator for One<F> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let columns = F::columns(values)?;
        (0..values[0].len()).for_each(|row| self.0.update(&columns, row));
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut out = Vec::new();
        self.0.encode(&mut out);
        Ok(ScalarValue::LargeBinary(Some(out)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.heap_size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        encoded(&states[0]).iter().flatten().try_for_each(|state| self.0.merge(state))
    }
}

struct Groups<F> {
    folds: Vec<F>,
    /// Octets on the heaps of all folds, kept up to date.
    heap: usize,
}

impl<F: Fold> Groups<F> {
    fn grow(&mut self, groups: usize) {
        if self.folds.len() < groups {
            self.folds.resize_with(groups, F::default);
        }
    }

    fn change<T>(&mut self, group: usize, by: impl FnOnce(&mut F) -> T) -> T {
        let fold = &mut self.folds[group];
        let before = fold.heap_size();
        let outcome = by(fold);
        self.heap = self.heap.saturating_sub(before) + fold.heap_size();
        outcome
    }
}

impl<F: Fold> GroupsAccumulator for Groups<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let columns = F::columns(values)?;
        for (row, &group) in group_indices.iter().enumerate() {
            if passes(opt_filter, row) {
                self.change(group, |fold| fold.update(&columns, row));
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let folds = emit_to.take_needed(&mut self.folds);
        let mut out = LargeBinaryBuilder::with_capacity(folds.len(), 64 * folds.len());
        let mut scratch = Vec::new();
        for fold in folds {
            self.heap = self.heap.saturating_sub(fold.heap_size());
            scratch.clear();
            fold.encode(&mut scratch);
            out.append_value(&scratch);
        }
        Ok(Arc::new(out.finish()))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.grow(total_num_groups);
        let states = encoded(&values[0]);
        for (row, &group) in group_indices.iter().enumerate() {
            if states.is_valid(row) {
                self.change(group, |fold| fold.merge(states.value(row)))?;
            }
        }
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let columns = F::columns(values)?;
        let rows = values[0].len();
        let mut out = LargeBinaryBuilder::with_capacity(rows, 32 * rows);
        let mut scratch = Vec::new();
        for row in 0..rows {
            let mut fold = F::default();
            if passes(opt_filter, row) {
                fold.update(&columns, row);
            }
            scratch.clear();
            fold.encode(&mut scratch);
            out.append_value(&scratch);
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn size(&self) -> usize {
        self.folds.capacity() * size_of::<F>() + self.heap
    }
}

fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

fn encoded(array: &ArrayRef) -> &LargeBinaryArray {
    array.as_binary::<i64>()
}
