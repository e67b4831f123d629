//! Which functions of a part of the page's code another one can stand in for.
//!
//! The splitter has parts call each other by the table that all share, each by way of a small function that does just
//! that. Where two parts were put [together](crate::merge), what they call is often in the same part now: it can be
//! called directly. And of functions that are the same, byte by byte, one is enough.

use std::collections::HashMap;

use wasmparser::{FunctionBody, Operator};

use crate::Result;
use crate::functions::{Functions, Numbers};

/// By number: which function is called in the place of which, which may be itself.
pub(crate) fn others(functions: &Functions<'_>) -> Result<Vec<u32>> {
    let count = functions.imported + functions.bodies.len();
    let mut others = (0..u32::try_from(count)?).collect::<Vec<_>>();
    loop {
        let mut is_settled = true;
        let mut first_alike = HashMap::new();
        for (at, body) in functions.bodies.iter().enumerate() {
            let number = functions.imported + at;
            let this = others[number];
            if usize::try_from(this)? != number {
                continue;
            }
            let kind = functions.types.get(at).copied();
            let other = if let Some(called) = calls_only(functions, body, kind)? {
                resolved(&others, called)
            } else {
                let code = (kind, Numbers(&others).code(body)?);
                *first_alike.entry(code).or_insert(this)
            };
            if other != this {
                others[number] = other;
                is_settled = false;
            }
        }
        for number in 0..others.len() {
            others[number] = resolved(&others, others[number]);
        }
        // What calls the same ones by now may be the same as well.
        if is_settled {
            return Ok(others);
        }
    }
}

/// The function of this module that this one does nothing but call, by its place in the table, with all that it is given.
fn calls_only(
    functions: &Functions<'_>,
    body: &FunctionBody<'_>,
    kind: Option<u32>,
) -> Result<Option<u32>> {
    let mut operators = body.get_operators_reader()?;
    let mut given = 0;
    let mut operator = operators.read()?;
    while let Operator::LocalGet { local_index } = operator {
        if local_index != given {
            return Ok(None);
        }
        given += 1;
        operator = operators.read()?;
    }
    let Operator::I32Const { value: place } = operator else { return Ok(None) };
    let calls = operators.read()?;
    let Operator::CallIndirect { type_index, table_index: 0 } = calls else { return Ok(None) };
    let is_all = matches!(operators.read()?, Operator::End) && operators.eof();
    let Some(&called) = functions.places.get(&place) else { return Ok(None) };
    let own = usize::try_from(called)?.checked_sub(functions.imported);
    let called_kind = own.and_then(|own| functions.types.get(own).copied());
    let is_its_type = Some(type_index) == kind && called_kind == kind;
    Ok((is_all && is_its_type).then_some(called))
}

/// Where the way leads from one to the one in its place, and from that to the next.
fn resolved(others: &[u32], mut number: u32) -> u32 {
    // As many steps as there are functions, for two that call nothing but each other.
    for _ in 0..others.len() {
        match others.get(number as usize) {
            Some(&other) if other != number => number = other,
            _ => break,
        }
    }
    number
}
