//! Makes a part of the page's code smaller, and has it do the same.

use crate::functions::{Functions, Numbers};
use crate::order::order;
use crate::{Result, fold};

/// The module with each function [once](fold), in the [order] in which they pack best.
pub(crate) fn smaller(module: &[u8]) -> Result<Vec<u8>> {
    let functions = Functions::of(module)?;
    let others = fold::others(&functions)?;
    let is_kept = |at: &usize| {
        let number = functions.imported + at;
        others.get(number).is_some_and(|other| usize::try_from(*other) == Ok(number))
    };
    let mut kept = (0..functions.bodies.len()).filter(is_kept).collect::<Vec<_>>();
    order(&functions, &mut kept);

    let mut new = (0..u32::try_from(others.len())?).collect::<Vec<_>>();
    for (at, before) in kept.iter().enumerate() {
        new[functions.imported + before] = u32::try_from(functions.imported + at)?;
    }
    let numbers = others.iter().map(|other| new[*other as usize]).collect::<Vec<_>>();
    Numbers(&numbers).module(module, &kept)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection,
        Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Module, RefType,
        StartSection, TableType, TypeSection, ValType,
    };
    use wasmparser::{Operator, Parser, Payload};

    use super::*;

    /// Where the table has the first function of this part, and where it has another part's. Behind the first is the second.
    const HERE: i32 = 3;
    const ELSEWHERE: i32 = 5;

    /// The number of the first function that is not imported.
    const FIRST: u32 = 1;

    /// The types of functions: given a number they give one, or the other way round, or nothing at all.
    const WIDENS: u32 = 0;
    const NARROWS: u32 = 1;
    const BEGINS: u32 = 2;

    /// A part that imports a function of the first type, and has these, each with its type. The first two are in the table.
    /// The last one is exported, referred to by a global, and begins where its type is the last.
    fn part(functions: &[(u32, Function)]) -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([ValType::I32], [ValType::I64]);
        types.ty().function([ValType::I64], [ValType::I32]);
        types.ty().function([], []);
        let table = TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 8,
            maximum: None,
            shared: false,
        };
        imports.import("browser", "widen", EntityType::Function(WIDENS));
        imports.import("shared", "table", EntityType::Table(table));
        let (mut kinds, mut code) = (FunctionSection::new(), CodeSection::new());
        for (kind, function) in functions {
            kinds.function(*kind);
            code.function(function);
        }
        let last = FIRST + kinds.len() - 1;
        let reference =
            GlobalType { val_type: ValType::Ref(RefType::FUNCREF), mutable: false, shared: false };
        let mut globals = GlobalSection::new();
        globals.global(reference, &ConstExpr::ref_func(last));
        let mut exports = ExportSection::new();
        exports.export("last", ExportKind::Func, last);
        let mut places = ElementSection::new();
        let first_two = Elements::Functions((&[FIRST, FIRST + 1]).into());
        places.active(None, &ConstExpr::i32_const(HERE), first_two);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&kinds).section(&globals);
        module.section(&exports);
        if functions.last().is_some_and(|(kind, _)| *kind == BEGINS) {
            module.section(&StartSection { function_index: last });
        }
        module.section(&places).section(&code);
        module.finish()
    }

    fn widens(to_add: i64) -> (u32, Function) {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.local_get(0).i64_extend_i32_u().i64_const(to_add).i64_add().end();
        (WIDENS, function)
    }

    /// A function that calls by way of the table, and does nothing else.
    fn by_way_of(place: i32) -> (u32, Function) {
        let mut function = Function::new([]);
        function.instructions().local_get(0).i32_const(place).call_indirect(0, WIDENS).end();
        (WIDENS, function)
    }

    fn calls(called: u32) -> (u32, Function) {
        let mut function = Function::new([]);
        function.instructions().local_get(0).call(called).end();
        (WIDENS, function)
    }

    /// What a module made of a [`part`] has. Numbers are those of functions.
    struct After {
        types: Vec<u32>,
        /// By function: what it calls directly.
        called: Vec<Option<u32>>,
        in_the_table: [u32; 2],
        exported: Option<u32>,
        referred_to: Option<u32>,
        begins: Option<u32>,
    }

    fn after(before: &[(u32, Function)]) -> After {
        let module = smaller(&part(before)).unwrap();
        wasmparser::validate(&module).unwrap();
        let functions = Functions::of(&module).unwrap();
        let called = functions.bodies.iter().map(|body| {
            let mut operators = body.get_operators_reader().unwrap().into_iter();
            operators.find_map(|operator| match operator.unwrap() {
                Operator::Call { function_index } => Some(function_index),
                _ => None,
            })
        });
        let mut after = After {
            types: functions.types.clone(),
            called: called.collect(),
            in_the_table: [functions.places[&HERE], functions.places[&(HERE + 1)]],
            exported: None,
            referred_to: None,
            begins: None,
        };
        for payload in Parser::new(0).parse_all(&module) {
            match payload.unwrap() {
                Payload::ExportSection(exports) => {
                    after.exported = exports.into_iter().next().map(|export| export.unwrap().index);
                }
                Payload::GlobalSection(globals) => {
                    let global = globals.into_iter().next().unwrap().unwrap();
                    let reference = global.init_expr.get_operators_reader().read().unwrap();
                    if let Operator::RefFunc { function_index } = reference {
                        after.referred_to = Some(function_index);
                    }
                }
                Payload::StartSection { func, .. } => after.begins = Some(func),
                _ => {}
            }
        }
        after
    }

    #[test]
    fn what_is_in_the_same_part_is_called_directly() {
        let ways = [by_way_of(HERE), by_way_of(HERE + 1)];
        let [first, second] = ways;
        let before = [widens(1), widens(2), first, second, calls(FIRST + 2), calls(FIRST + 3)];
        let after = after(&before);
        assert_eq!(after.types.len(), 4);
        let mut called = after.called.iter().flatten().copied().collect::<Vec<_>>();
        called.sort_unstable();
        let mut in_the_table = after.in_the_table;
        in_the_table.sort_unstable();
        assert_eq!(called, in_the_table);
        assert_ne!(in_the_table[0], in_the_table[1]);
        // The last one calls the second one of the table.
        let last = after.called[(after.exported.unwrap() - FIRST) as usize];
        assert_eq!(last, Some(after.in_the_table[1]));
    }

    #[test]
    fn the_type_that_counts_is_that_of_what_is_called() {
        let mut narrows = Function::new([]);
        narrows.instructions().local_get(0).i32_wrap_i64().end();
        let after = after(&[widens(1), (NARROWS, narrows), by_way_of(HERE), calls(FIRST + 2)]);
        assert_eq!(after.called.iter().flatten().collect::<Vec<_>>(), [&after.in_the_table[0]]);
    }

    #[test]
    fn what_is_in_another_part_is_called_by_one_function() {
        let ways = [by_way_of(ELSEWHERE), by_way_of(ELSEWHERE)];
        let [one, other] = ways;
        let before = [widens(1), widens(2), one, other, calls(FIRST + 2), calls(FIRST + 3)];
        let after = after(&before);
        // What calls them is the same as well, by then.
        assert_eq!(after.types.len(), 4);
        let direct = after.called.iter().flatten().collect::<Vec<_>>();
        assert!(direct.len() == 1 && !after.in_the_table.contains(direct[0]));
    }

    #[test]
    fn what_is_imported_keeps_its_number() {
        let after = after(&[widens(1), calls(0), calls(0)]);
        assert_eq!(after.called.iter().flatten().collect::<Vec<_>>(), [&0]);
        assert_eq!(after.exported, Some(after.in_the_table[1]));
    }

    #[test]
    fn functions_that_differ_stay() {
        let of = |kind, write: fn(&mut wasm_encoder::InstructionSink<'_>)| {
            let mut function = Function::new([(1, ValType::I32)]);
            write(&mut function.instructions());
            (kind, function)
        };
        let before = [
            widens(1),
            widens(2),
            calls(FIRST),
            calls(FIRST + 1),
            // It would trap: the place has a function of another type.
            of(NARROWS, |code| {
                code.local_get(0).i32_const(HERE).call_indirect(0, NARROWS).end();
            }),
            // It calls with 0, whatever it is given.
            of(WIDENS, |code| {
                code.local_get(1).i32_const(HERE).call_indirect(0, WIDENS).end();
            }),
            // It does more than to call.
            of(WIDENS, |code| {
                let code = code.local_get(0).i32_const(HERE).call_indirect(0, WIDENS);
                code.i64_const(1).i64_add().end();
            }),
            // The same code, for different types.
            of(WIDENS, |code| {
                code.unreachable().end();
            }),
            of(NARROWS, |code| {
                code.unreachable().end();
            }),
        ];
        let after = after(&before);
        assert_eq!(after.types.len(), before.len());
        let mut called = after.called.iter().flatten().copied().collect::<Vec<_>>();
        called.sort_unstable();
        let mut in_the_table = after.in_the_table;
        in_the_table.sort_unstable();
        assert_eq!(called, in_the_table);
    }

    #[test]
    fn functions_of_one_type_stand_together_and_whatever_names_one_names_it_by_its_new_number() {
        let mut narrows = Function::new([]);
        narrows.instructions().local_get(0).i32_wrap_i64().end();
        let mut begins = Function::new([]);
        begins.instructions().end();
        // Two that are the same are before the last one, whose number so changes.
        let before = [(NARROWS, narrows), widens(1), widens(1), (BEGINS, begins)];
        let after = after(&before);
        assert_eq!(after.types, [WIDENS, NARROWS, BEGINS]);
        assert_eq!(after.in_the_table, [FIRST + 1, FIRST]);
        let last = Some(FIRST + 2);
        assert_eq!((after.exported, after.referred_to, after.begins), (last, last, last));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(smaller(b"no module").is_err());
        let mut module = Module::new();
        let mut places = ElementSection::new();
        places.active(Some(1), &ConstExpr::i32_const(HERE), Elements::Functions((&[]).into()));
        module.section(&places);
        assert!(smaller(&module.finish()).is_err(), "another table");
        let mut module = Module::new();
        let mut places = ElementSection::new();
        places.active(None, &ConstExpr::global_get(0), Elements::Functions((&[]).into()));
        module.section(&places);
        assert!(smaller(&module.finish()).is_err(), "an unknown place");
    }
}
