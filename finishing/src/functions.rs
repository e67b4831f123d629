//! The functions of a module: read, and written again by other numbers.

use std::collections::HashMap;
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, Encode as _, ExportSection, FunctionSection,
    GlobalSection, Module, RawSection, StartSection, TableSection,
};
use wasmparser::{ElementItems, ElementKind, FunctionBody, Operator, Parser, Payload, TypeRef};

use crate::Result;

/// As they are read. Those that are imported have the first numbers.
#[derive(Default)]
pub(crate) struct Functions<'a> {
    /// How many are imported.
    pub(crate) imported: usize,
    /// Of those that are not: the number of each one's type, and its code.
    pub(crate) types: Vec<u32>,
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    /// What the module puts into the table: the function's number by the place there.
    pub(crate) places: HashMap<i32, u32>,
}

impl<'a> Functions<'a> {
    /// Those of this module.
    pub(crate) fn of(module: &'a [u8]) -> Result<Self> {
        let mut functions = Functions::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let is_function =
                            matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                        functions.imported += usize::from(is_function);
                    }
                }
                Payload::FunctionSection(types) => {
                    for kind in types {
                        functions.types.push(kind?);
                    }
                }
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let element = element?;
                        functions.add_places(&element.kind, element.items)?;
                    }
                }
                Payload::CodeSectionEntry(body) => functions.bodies.push(body),
                _ => {}
            }
        }
        Ok(functions)
    }

    /// What a segment puts into the table. Those that are not understood are refused: what another one had put into the
    /// same places would be taken for what is there.
    fn add_places(&mut self, kind: &ElementKind<'_>, items: ElementItems<'_>) -> Result {
        let (table_index, offset) = match kind {
            ElementKind::Active { table_index, offset_expr } => (table_index, offset_expr),
            // It puts nothing anywhere.
            ElementKind::Declared => return Ok(()),
            ElementKind::Passive => return Err("the table is filled later on".into()),
        };
        let mut operators = offset.get_operators_reader();
        let (first, last) = (operators.read()?, operators.read()?);
        let (None | Some(0), Operator::I32Const { value: mut place }, Operator::End) =
            (table_index, first, last)
        else {
            return Err("the table is filled at a place that is not known".into());
        };
        match items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.places.insert(place, function?);
                    place += 1;
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for _ in expressions {
                    self.places.remove(&place);
                    place += 1;
                }
            }
        }
        Ok(())
    }
}

/// Other numbers for functions: the new one by the old one.
pub(crate) struct Numbers<'a>(pub(crate) &'a [u32]);

impl Reencode for Numbers<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> std::result::Result<u32, Error<Infallible>> {
        Ok(self.0.get(function as usize).copied().unwrap_or(function))
    }
}

impl Numbers<'_> {
    /// A function's code by these numbers.
    pub(crate) fn code(&mut self, body: &FunctionBody<'_>) -> Result<Vec<u8>> {
        let (mut code, mut bytes) = (CodeSection::new(), Vec::new());
        self.parse_function_body(&mut code, body.clone())?;
        code.encode(&mut bytes);
        Ok(bytes)
    }

    /// The module by these numbers, which has of its own functions those of `order`, in that order. Numbers become as
    /// short as they can be, which the linker leaves long where they may change.
    pub(crate) fn module(mut self, module: &[u8], order: &[usize]) -> Result<Vec<u8>> {
        let functions = Functions::of(module)?;
        let mut whole = Module::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::FunctionSection(_) => {
                    let mut types = FunctionSection::new();
                    for kind in order.iter().filter_map(|at| functions.types.get(*at)) {
                        types.function(*kind);
                    }
                    whole.section(&types);
                }
                Payload::GlobalSection(before) => {
                    let mut globals = GlobalSection::new();
                    self.parse_global_section(&mut globals, before)?;
                    whole.section(&globals);
                }
                Payload::ExportSection(before) => {
                    let mut exports = ExportSection::new();
                    self.parse_export_section(&mut exports, before)?;
                    whole.section(&exports);
                }
                Payload::StartSection { func, .. } => {
                    let function_index = self.function_index(func)?;
                    whole.section(&StartSection { function_index });
                }
                Payload::ElementSection(before) => {
                    let mut elements = ElementSection::new();
                    self.parse_element_section(&mut elements, before)?;
                    whole.section(&elements);
                }
                Payload::DataSection(before) => {
                    let mut data = DataSection::new();
                    self.parse_data_section(&mut data, before)?;
                    whole.section(&data);
                }
                Payload::CodeSectionStart { .. } => {
                    let mut code = CodeSection::new();
                    for body in order.iter().filter_map(|at| functions.bodies.get(*at)) {
                        self.parse_function_body(&mut code, body.clone())?;
                    }
                    whole.section(&code);
                }
                Payload::TableSection(before) => {
                    let mut tables = TableSection::new();
                    self.parse_table_section(&mut tables, before)?;
                    whole.section(&tables);
                }
                other => {
                    let is_without_functions = matches!(
                        other,
                        Payload::TypeSection(_)
                            | Payload::ImportSection(_)
                            | Payload::MemorySection(_)
                            | Payload::DataCountSection { .. }
                    );
                    match other.as_section() {
                        Some((id, range)) if is_without_functions => {
                            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
                            let data =
                                module.get(range).ok_or("a section ends beyond its module")?;
                            whole.section(&RawSection { id, data });
                        }
                        // Names, and what has made the module: nothing that it needs.
                        None | Some((0, _)) => {}
                        Some((id, _)) => return Err(format!("a section of a kind {id}").into()),
                    }
                }
            }
        }
        Ok(whole.finish())
    }
}
