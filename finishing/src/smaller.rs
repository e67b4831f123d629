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
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection,
        Function, FunctionSection, ImportSection, Module, RefType, TableType, TypeSection, ValType,
    };
    use wasmparser::Operator;

    use super::*;

    /// Where the table has a function of this part, and where it has another part's.
    const HERE: i32 = 3;
    const ELSEWHERE: i32 = 4;

    /// A part of these functions, each of the type of this number: one that is given a number and gives one, or the
    /// other way round. The first one is in the table.
    fn part(functions: &[(u32, Function)]) -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([ValType::I32], [ValType::I64]);
        types.ty().function([ValType::I64], [ValType::I32]);
        let table = TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 8,
            maximum: None,
            shared: false,
        };
        imports.import("shared", "table", EntityType::Table(table));
        let (mut kinds, mut code) = (FunctionSection::new(), CodeSection::new());
        for (kind, function) in functions {
            kinds.function(*kind);
            code.function(function);
        }
        let mut places = ElementSection::new();
        places.active(None, &ConstExpr::i32_const(HERE), Elements::Functions((&[0]).into()));
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&kinds).section(&places).section(&code);
        module.finish()
    }

    fn converts(to_add: i64) -> Function {
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.local_get(0).i64_extend_i32_u().i64_const(to_add).i64_add().end();
        function
    }

    /// A function that calls by way of the table, and does nothing else.
    fn by_way_of(place: i32, kind: u32) -> Function {
        let mut function = Function::new([]);
        function.instructions().local_get(0).i32_const(place).call_indirect(0, kind).end();
        function
    }

    fn calls(called: u32) -> Function {
        let mut function = Function::new([]);
        function.instructions().local_get(0).call(called).end();
        function
    }

    /// Of each function what it calls directly, and which one is in the table.
    fn read(module: &[u8]) -> (Vec<Option<u32>>, u32) {
        wasmparser::validate(module).unwrap();
        let functions = Functions::of(module).unwrap();
        let called = functions.bodies.iter().map(|body| {
            let mut operators = body.get_operators_reader().unwrap().into_iter();
            operators.find_map(|operator| match operator.unwrap() {
                Operator::Call { function_index } => Some(function_index),
                _ => None,
            })
        });
        (called.collect(), functions.places[&HERE])
    }

    #[test]
    fn what_is_in_the_same_part_is_called_directly() {
        let before = part(&[(0, converts(1)), (0, by_way_of(HERE, 0)), (0, calls(1))]);
        let (called, in_the_table) = read(&smaller(&before).unwrap());
        assert_eq!(called.len(), 2);
        assert_eq!(called.iter().flatten().collect::<Vec<_>>(), [&in_the_table]);
    }

    #[test]
    fn what_is_in_another_part_is_called_by_one_function() {
        let [one, other] = [(0, by_way_of(ELSEWHERE, 0)), (0, by_way_of(ELSEWHERE, 0))];
        let before = part(&[(0, converts(1)), one, other, (0, calls(1)), (0, calls(2))]);
        let (called, in_the_table) = read(&smaller(&before).unwrap());
        // What calls them is the same as well, by then.
        assert_eq!(called.len(), 3);
        let direct = called.iter().flatten().collect::<Vec<_>>();
        assert!(direct.len() == 1 && *direct[0] != in_the_table, "{called:?}");
    }

    #[test]
    fn functions_that_differ_stay() {
        let other_type = {
            let mut function = Function::new([]);
            // It would trap: the place has a function of another type.
            function.instructions().local_get(0).i32_const(HERE).call_indirect(0, 1).end();
            function
        };
        let other_number = {
            let mut function = Function::new([(1, ValType::I32)]);
            // It calls with 0, whatever it is given.
            function.instructions().local_get(1).i32_const(HERE).call_indirect(0, 0).end();
            function
        };
        let mut functions = vec![(0, converts(1)), (0, converts(2)), (0, calls(0))];
        functions.extend([(1, other_type), (0, other_number)]);
        let (called, in_the_table) = read(&smaller(&part(&functions)).unwrap());
        assert_eq!(called.len(), functions.len());
        assert_eq!(called.iter().flatten().collect::<Vec<_>>(), [&in_the_table]);
    }

    #[test]
    fn functions_that_are_alike_stand_together_and_are_known_by_their_new_numbers() {
        // Of the first type, of the second, and again.
        let mut back = Function::new([]);
        back.instructions().local_get(0).i32_wrap_i64().end();
        let before = part(&[(1, back), (0, converts(2)), (0, calls(1))]);
        let after = smaller(&before).unwrap();
        let functions = Functions::of(&after).unwrap();
        assert_eq!(functions.types, [0, 0, 1]);
        let (called, in_the_table) = read(&after);
        assert_eq!(in_the_table, 2);
        assert_eq!(called.iter().flatten().count(), 1);
    }

    #[test]
    fn what_is_imported_keeps_its_number_and_what_is_exported_its_name() {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([], []);
        imports.import("browser", "focus", EntityType::Function(0));
        let (mut kinds, mut exports, mut code) =
            (FunctionSection::new(), ExportSection::new(), CodeSection::new());
        for (name, called) in [("twice", [2, 2]), ("once", [0, 0])] {
            exports.export(name, ExportKind::Func, 1 + kinds.len());
            kinds.function(0);
            let mut function = Function::new([]);
            function.instructions().call(called[0]).call(called[1]).end();
            code.function(&function);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&kinds).section(&exports).section(&code);
        let after = smaller(&module.finish()).unwrap();
        let module = walrus::Module::from_buffer(&after).unwrap();
        let calls = |name: &str| {
            let function = module.exports.get_func(name).unwrap();
            let kind = &module.funcs.get(function).kind;
            let walrus::FunctionKind::Local(local) = kind else { panic!("{name} is imported") };
            let block = local.block(local.entry_block());
            let Some((walrus::ir::Instr::Call(call), _)) = block.instrs.first() else {
                panic!("{name} calls nothing")
            };
            module.funcs.get(call.func).id()
        };
        assert_eq!(calls("twice"), module.exports.get_func("once").unwrap());
        assert_eq!(calls("once"), module.imports.get_func("browser", "focus").unwrap());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(smaller(b"no module").is_err());
    }
}
