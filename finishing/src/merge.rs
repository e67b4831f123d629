//! Puts parts of the page's code that are always loaded together into one: packed together they are smaller, and it is one
//! file that is asked for and not several.
//!
//! The splitter gives all parts the same types, no part imports a function or exports anything, since they call each other by
//! the table that all share, and most have the same imports. So the code of one goes behind that of another, and nothing
//! changes but the numbers of functions, and of what fills the table and the memory.

use std::convert::Infallible;
use std::ops::Range;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, ElementSection, FunctionSection, Module,
    RawSection, SectionId,
};
use wasmparser::{Parser, Payload, TypeRef};

use crate::Result;

/// Whether one can be put behind the other: a part imports what its code needs.
pub(crate) fn are_alike(one: &[u8], other: &[u8]) -> Result<bool> {
    let mut whole = Whole::default();
    whole.add(one)?;
    let (types, imports) = (whole.types.take(), whole.imports.take());
    whole.add(other)?;
    Ok(types == whole.types && imports == whole.imports)
}

/// Makes one part of all of these. Their names of functions get lost.
pub(crate) fn merged(parts: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut whole = Whole::default();
    for part in parts {
        whole.add(part)?;
    }
    Ok(whole.module())
}

/// What the parts have together.
#[derive(Default)]
struct Whole {
    /// As they are written.
    types: Option<Vec<u8>>,
    imports: Option<Vec<u8>>,
    functions: FunctionSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

/// A part that comes behind others, which have so many of what is numbered.
struct Behind {
    functions: u32,
    elements: u32,
    data: u32,
}

type Number = std::result::Result<u32, Error<Infallible>>;

impl Reencode for Behind {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Number {
        Ok(function + self.functions)
    }

    fn element_index(&mut self, element: u32) -> Number {
        Ok(element + self.elements)
    }

    fn data_index(&mut self, data: u32) -> Number {
        Ok(data + self.data)
    }
}

impl Whole {
    fn add(&mut self, part: &[u8]) -> Result {
        let mut behind = Behind {
            functions: self.functions.len(),
            elements: self.elements.len(),
            data: self.data.len(),
        };
        for payload in Parser::new(0).parse_all(part) {
            match payload? {
                Payload::TypeSection(types) => same(&mut self.types, part, types.range())?,
                Payload::ImportSection(imports) => {
                    let range = imports.range();
                    for import in imports.into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            return Err("a part imports a function".into());
                        }
                    }
                    same(&mut self.imports, part, range)?;
                }
                Payload::FunctionSection(functions) => {
                    behind.parse_function_section(&mut self.functions, functions)?;
                }
                Payload::ElementSection(elements) => {
                    behind.parse_element_section(&mut self.elements, elements)?;
                }
                Payload::CodeSectionEntry(function) => {
                    behind.parse_function_body(&mut self.code, function)?;
                }
                Payload::DataSection(data) => {
                    behind.parse_data_section(&mut self.data, data)?;
                }
                Payload::ExportSection(exports) if exports.count() == 0 => {}
                // It follows from the data.
                Payload::DataCountSection { .. }
                | Payload::Version { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => {}
                other => return Err(format!("a part has what no part had: {other:?}").into()),
            }
        }
        Ok(())
    }

    fn module(&self) -> Vec<u8> {
        let mut module = Module::new();
        for (id, content) in [(SectionId::Type, &self.types), (SectionId::Import, &self.imports)] {
            if let Some(data) = content {
                module.section(&RawSection { id: id.into(), data });
            }
        }
        module.section(&self.functions).section(&self.elements);
        module.section(&DataCountSection { count: self.data.len() });
        module.section(&self.code).section(&self.data);
        module.finish()
    }
}

/// Keeps a section of the first part, and refuses one that differs from it.
fn same(kept: &mut Option<Vec<u8>>, part: &[u8], section: Range<u64>) -> Result {
    let (start, end) = (usize::try_from(section.start)?, usize::try_from(section.end)?);
    let content = part.get(start..end).ok_or("a section ends beyond its part")?;
    match kept {
        None => *kept = Some(content.to_vec()),
        Some(kept) if kept == content => {}
        Some(_) => return Err("two parts differ in their types or imports".into()),
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use wasm_encoder::{
        ConstExpr, Elements, EntityType, Function, ImportSection, MemoryType, RefType, TableType,
        TypeSection, ValType,
    };
    use wasmparser::{ElementItems, Operator};

    use super::*;

    /// A part of two functions, of which the second one calls the first and stands in the table at a place of its own.
    fn part(place: i32, more: Option<EntityType>) -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([], [ValType::I32]);
        let (minimum, maximum) = (4, None);
        let table = TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum,
            maximum,
            shared: false,
        };
        let memory =
            MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None };
        imports.import("shared", "table", table).import("shared", "memory", memory);
        if let Some(more) = more {
            imports.import("shared", "more", more);
        }
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(place), Elements::Functions((&[1]).into()));
        let mut code = CodeSection::new();
        let (mut first, mut second) = (Function::new([]), Function::new([]));
        first.instructions().i32_const(place).end();
        second.instructions().call(0).end();
        code.function(&first).function(&second);
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(place), [7]);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&elements).section(&code).section(&data);
        module.finish()
    }

    #[test]
    fn each_part_calls_its_own_functions_and_is_in_its_own_places() {
        let whole = merged(&[part(0, None), part(1, None)]).unwrap();
        wasmparser::validate(&whole).unwrap();
        let (mut called, mut listed, mut imported, mut filled) = (vec![], vec![], 0, 0);
        for payload in Parser::new(0).parse_all(&whole) {
            match payload.unwrap() {
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().unwrap().into_iter();
                    called.extend(operators.filter_map(|operator| match operator.unwrap() {
                        Operator::Call { function_index } => Some(function_index),
                        _ => None,
                    }));
                }
                Payload::ElementSection(elements) => {
                    for element in elements {
                        let ElementItems::Functions(functions) = element.unwrap().items else {
                            continue;
                        };
                        listed.extend(functions.into_iter().map(std::result::Result::unwrap));
                    }
                }
                Payload::ImportSection(imports) => imported = imports.count(),
                Payload::DataSection(data) => filled = data.count(),
                _ => {}
            }
        }
        assert_eq!((called, listed), (vec![0, 2], vec![1, 3]));
        assert_eq!((imported, filled), (2, 2));
    }

    #[test]
    fn parts_that_are_not_alike_are_refused() {
        let one = part(0, None);
        assert!(are_alike(&one, &part(1, None)).unwrap());
        let other = part(
            1,
            Some(EntityType::Table(TableType {
                element_type: RefType::FUNCREF,
                table64: false,
                minimum: 1,
                maximum: None,
                shared: false,
            })),
        );
        assert!(!are_alike(&one, &other).unwrap());
        assert!(merged(&[one.clone(), other]).is_err());
        assert!(merged(&[part(1, Some(EntityType::Function(0)))]).is_err());
        assert!(merged(&[one, b"no module".to_vec()]).is_err());
    }
}
