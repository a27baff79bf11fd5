//! SQL expressions over a source's columns, by DataFusion.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, DataFusionError, Result as DataFusionResult};
use datafusion::execution::context::SessionState;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    Between, BinaryExpr, Cast, ColumnarValue, Expr, ExprSchemable, Operator, ScalarUDF, TryCast, Volatility,
    create_udf, try_cast,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::{Expr as Sql, ExprWithAlias, Ident, visit_expressions_mut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use wayside_model::Value;

use super::cells::Cells;
use super::numbers::Numbers;

/// An expression of a mapping. In it every column is text; in arithmetic, and beside a number, text counts as the number it
/// writes, or as nothing when it writes none.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    /// The mapping's columns that it reads, in order of its own.
    inputs: Vec<usize>,
    schema: SchemaRef,
    physical: Arc<dyn PhysicalExpr>,
}

impl Expression {
    /// Plans `sql`; `numbers` is how text writes numbers. `column` gives the place of a column by its name, which may be a way into an object: `account.id`.
    pub(super) fn parse(sql: &str, numbers: Numbers, column: &mut dyn FnMut(&str) -> usize) -> Result<Self, String> {
        if sql.len() > SQL_MAX_BYTES {
            return Err(format!(
                "{} bytes are more than {SQL_MAX_BYTES}; compute this before the export",
                sql.len()
            ));
        }
        let mut parsed = syntax(sql)?;
        let mut inputs: Vec<usize> = Vec::new();
        let _ = visit_expressions_mut(&mut parsed, |part| {
            let name = match part {
                Sql::Identifier(name) => name.value.clone(),
                Sql::CompoundIdentifier(names) => {
                    let names: Vec<_> = names.iter().map(|name| name.value.as_str()).collect();
                    names.join(".")
                }
                _ => return std::ops::ControlFlow::<()>::Continue(()),
            };
            let place = column(&name);
            let at = inputs.iter().position(|known| *known == place).unwrap_or_else(|| {
                inputs.push(place);
                inputs.len() - 1
            });
            *part = Sql::Identifier(Ident::with_quote('"', input_name(at)));
            std::ops::ControlFlow::Continue(())
        });
        let fields: Vec<_> = (0..inputs.len())
            .map(|at| Field::new(input_name(at), DataType::Utf8, true))
            .collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let physical = plan(parsed, &schema, numbers).map_err(|error| error.strip_backtrace().to_string())?;
        Ok(Self {
            inputs,
            schema,
            physical,
        })
    }

    /// The mapping's columns that it reads.
    pub(super) fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// Its value in each row; the error says why it has none in one of them.
    pub(super) fn evaluate<'v>(&self, rows: impl Iterator<Item = &'v [Value]> + Clone) -> Result<Vec<Value>, String> {
        let count = rows.clone().count();
        let columns = self.inputs.iter().map(|at| {
            let texts = rows.clone().map(|row| row.get(*at).and_then(text));
            Arc::new(StringArray::from_iter(texts)) as ArrayRef
        });
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let values = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns.collect(), &options)
            .map_err(DataFusionError::from)
            .and_then(|batch| self.physical.evaluate(&batch))
            .and_then(|values| values.into_array(count))
            .and_then(|array| Ok(Cells::of(&in_utc(array)?)?));
        let cells = values.map_err(|error| error.strip_backtrace().to_string())?;
        Ok((0..count).map(|row| cells.value(row, false)).collect())
    }
}

/// Times of SQL functions are those of UTC, although their type names no zone.
fn in_utc(array: ArrayRef) -> DataFusionResult<ArrayRef> {
    match array.data_type() {
        DataType::Timestamp(unit, None) => Ok(cast(&array, &DataType::Timestamp(*unit, Some("UTC".into())))?),
        _ => Ok(array),
    }
}

fn syntax(sql: &str) -> Result<Sql, String> {
    let mut parser = Parser::new(&GenericDialect {})
        .try_with_sql(sql)
        .map_err(|error| error.to_string())?;
    let parsed = parser.parse_expr().map_err(|error| error.to_string())?;
    match parser.next_token().token {
        Token::EOF => Ok(parsed),
        more => Err(format!("{more} is more than one expression")),
    }
}

fn plan(parsed: Sql, schema: &SchemaRef, numbers: Numbers) -> DataFusionResult<Arc<dyn PhysicalExpr>> {
    static STATE: LazyLock<SessionState> = LazyLock::new(|| SessionContext::new().state());
    let schema = DFSchema::try_from(Arc::clone(schema))?;
    let logical = STATE.create_logical_expr_from_sql_expr(
        ExprWithAlias {
            expr: parsed,
            alias: None,
        },
        &schema,
    )?;
    let plain = plain_numbers(numbers);
    let logical = logical.transform_up(|part| with_numbers(part, &schema, &plain))?.data;
    // Some functions, `coalesce` among them, only run in the form that the simplifier gives them.
    let about = SimplifyContext::builder()
        .with_schema(Arc::new(schema.clone()))
        .with_config_options(Arc::clone(STATE.config_options()))
        .build();
    let simplifier = ExprSimplifier::new(about);
    let logical = simplifier.simplify(simplifier.coerce(logical, &schema)?)?;
    STATE.create_physical_expr(logical, &schema)
}

/// A function from a number as the mapping writes it to the same as a program writes it.
fn plain_numbers(numbers: Numbers) -> ScalarUDF {
    let plain = move |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let texts = arrays.iter().flat_map(|array| array.as_string::<i32>().iter());
        let plain = texts.map(|text| text.map(|text| numbers.plain(text)));
        Ok(ColumnarValue::Array(Arc::new(plain.collect::<StringArray>())))
    };
    create_udf(
        "plain_number",
        vec![DataType::Utf8],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(plain),
    )
}

/// Text as a number where it stands in arithmetic or beside a number.
fn with_numbers(part: Expr, schema: &DFSchema, plain: &ScalarUDF) -> DataFusionResult<Transformed<Expr>> {
    let is_text = |expr: &Expr| Ok::<_, DataFusionError>(expr.get_type(schema)? == DataType::Utf8);
    let is_number = |expr: &Expr| Ok::<_, DataFusionError>(expr.get_type(schema)?.is_numeric());
    let number = |expr: Box<Expr>| Box::new(try_cast(plain.call(vec![*expr]), DataType::Float64));
    // A cast to a number reads it as the mapping writes it, too, and fails where it is none.
    let plainly = |expr: Box<Expr>| Box::new(plain.call(vec![*expr]));
    Ok(match part {
        Expr::Cast(Cast { expr, field }) if field.data_type().is_numeric() && is_text(&expr)? => {
            let expr = plainly(expr);
            Transformed::yes(Expr::Cast(Cast { expr, field }))
        }
        Expr::TryCast(TryCast { expr, field }) if field.data_type().is_numeric() && is_text(&expr)? => {
            let expr = plainly(expr);
            Transformed::yes(Expr::TryCast(TryCast { expr, field }))
        }
        Expr::BinaryExpr(BinaryExpr {
            mut left,
            op,
            mut right,
        }) => {
            let arithmetic = op.is_numerical_operators();
            let compares = matches!(
                op,
                Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq
            );
            let (text_left, text_right) = (is_text(&left)?, is_text(&right)?);
            let (number_left, number_right) = (is_number(&left)?, is_number(&right)?);
            let left_counts = text_left && ((arithmetic && (text_right || number_right)) || (compares && number_right));
            let right_counts = text_right && ((arithmetic && (text_left || number_left)) || (compares && number_left));
            if left_counts {
                left = number(left);
            }
            if right_counts {
                right = number(right);
            }
            let again = Expr::BinaryExpr(BinaryExpr { left, op, right });
            if left_counts || right_counts {
                Transformed::yes(again)
            } else {
                Transformed::no(again)
            }
        }
        Expr::Between(Between {
            expr,
            negated,
            low,
            high,
        }) if is_text(&expr)? && is_number(&low)? && is_number(&high)? => Transformed::yes(Expr::Between(Between {
            expr: number(expr),
            negated,
            low,
            high,
        })),
        other => Transformed::no(other),
    })
}

fn input_name(at: usize) -> String {
    format!("column{at}")
}

/// A value as the text that expressions see.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        other => serde_json::to_string(other).ok(),
    }
}

/// Longest expression: a screen of SQL. The planner calls itself for each part, so a longer one could exhaust the stack.
const SQL_MAX_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let mut names = Vec::new();
        let expression = Expression::parse(sql, Numbers::default(), &mut |name| {
            names.push(name.to_owned());
            names.len() - 1
        });
        let rows = [
            [
                ("cents", Value::from("1990")),
                ("Total paid", Value::from("5.5")),
                ("account.id", Value::Int(7)),
            ],
            [
                ("cents", Value::from("no")),
                ("Total paid", Value::Null),
                ("account.id", Value::Int(12)),
            ],
        ];
        let rows: Vec<Vec<Value>> = rows
            .iter()
            .map(|row| {
                let of = |name: &String| {
                    row.iter()
                        .find(|(known, _)| known == name)
                        .map(|(_, value)| value.clone())
                };
                names
                    .iter()
                    .map(|name| of(name).unwrap_or_else(|| panic!("{sql} reads {name}")))
                    .collect()
            })
            .collect();
        let values = expression.unwrap().evaluate(rows.iter().map(Vec::as_slice)).unwrap();
        let shown: Vec<_> = values
            .iter()
            .map(|value| serde_json::to_string(value).unwrap())
            .collect();
        assert_eq!(shown, expected, "{sql}");
    }

    #[test]
    fn columns_are_text_and_count_as_numbers_beside_numbers() {
        check("cents / 100.0", &["19.9", "null"]);
        check("coalesce(\"Total paid\", '0')", &["\"5.5\"", "\"0\""]);
        check("0 - \"Total paid\"", &["-5.5", "null"]);
        check("account.id > 8", &["false", "true"]);
        check("account.id BETWEEN 8 AND 20", &["false", "true"]);
        check(
            "CASE WHEN cents = 'no' THEN 'x' ELSE upper('y') END",
            &["\"Y\"", "\"x\""],
        );
        check("'order ' || account.id", &["\"order 7\"", "\"order 12\""]);
        check(
            "to_timestamp_millis(CAST((account.id + 45000 - 25569) * 86400000 AS BIGINT))",
            &["\"2023-03-22T00:00:00Z\"", "\"2023-03-27T00:00:00Z\""],
        );
    }

    #[test]
    fn an_expression_that_cannot_be_planned_is_refused_with_the_reason() {
        let fails = |sql: &str| Expression::parse(sql, Numbers::default(), &mut |_| 0).unwrap_err();
        assert!(fails("a +").contains("Expected"), "{}", fails("a +"));
        assert!(fails("nonsense(a)").contains("nonsense"), "{}", fails("nonsense(a)"));
        assert!(fails("a, b").contains("more than one expression"));
        let long = format!("a = '{}'", "x".repeat(8 * 1024));
        assert!(
            fails(&long).contains("8198 bytes are more than 8192"),
            "{}",
            fails(&long)
        );
    }

    #[test]
    fn text_counts_as_the_number_that_the_mapping_writes() {
        let german = Numbers::new(Some(','), None).unwrap();
        for (sql, expected) in [
            ("sum * 2", ["2469.0", "25.0", "null"]),
            ("0 - sum", ["-1234.5", "-12.5", "null"]),
            ("sum > 100", ["true", "false", "null"]),
            ("sum BETWEEN 12 AND 13", ["false", "true", "null"]),
            ("sum = '12,50 €'", ["false", "true", "false"]),
            ("TRY_CAST(sum AS DOUBLE)", ["1234.5", "12.5", "null"]),
            (
                "CAST(coalesce(nullif(sum, 'none'), '7,5') AS DOUBLE)",
                ["1234.5", "12.5", "7.5"],
            ),
        ] {
            let expression = Expression::parse(sql, german, &mut |_| 0).unwrap();
            let rows = ["1.234,50", "12,50 €", "none"].map(|sum| [Value::from(sum)]);
            let values = expression.evaluate(rows.iter().map(<[Value; 1]>::as_slice)).unwrap();
            let shown = values.iter().map(|value| serde_json::to_string(value).unwrap());
            assert_eq!(shown.collect::<Vec<_>>(), expected, "{sql}");
        }
    }
}
