//! The order of a module's functions in which they pack best: those of one type together, and among them those whose code
//! begins alike. A packer finds what is alike wherever it is, and says it in fewer bits where it was not long ago.

use wasmparser::FunctionBody;

use crate::functions::Functions;

/// Brings these of a module's own functions into that order.
pub(crate) fn order(functions: &Functions<'_>, kept: &mut [usize]) {
    kept.sort_by_key(|at| {
        (functions.types.get(*at), functions.bodies.get(*at).map(FunctionBody::as_bytes))
    });
}
