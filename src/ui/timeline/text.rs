//! What a message says, as its parts.

use leptos::prelude::*;

use crate::app::links::Part;
use crate::app::markup::{self, Piece, Tone};
use crate::emoji;

/// A message's text: never read as HTML. Whoever follows a link leaves nothing behind: no opener, no referrer. An
/// address is shown from left to right, whatever stands around it: in another order it would be another one.
pub(super) fn text(text: &str) -> AnyView {
    if emoji::is_large(text) {
        return view! { <p class="text large">{text.to_owned()}</p> }.into_any();
    }
    let pieces = markup::pieces(text);
    let has_block = pieces.iter().any(|piece| matches!(piece, Piece::Block(_)));
    let class = if has_block { "text wide" } else { "text" };
    // A paragraph can't hold a block.
    view! { <div class=class dir="auto">{pieces.into_iter().map(piece).collect_view()}</div> }
        .into_any()
}

fn piece(piece: Piece) -> AnyView {
    match piece {
        Piece::Words { part, tone } => {
            let words = words(part);
            match tone {
                Tone::Plain => words,
                Tone::Stressed => view! { <em>{words}</em> }.into_any(),
                Tone::Strong => view! { <strong>{words}</strong> }.into_any(),
                Tone::Struck => view! { <del>{words}</del> }.into_any(),
            }
        }
        Piece::Code(code) => view! { <code>{code}</code> }.into_any(),
        Piece::Block(code) => view! { <pre tabindex="0"><code>{code}</code></pre> }.into_any(),
    }
}

fn words(part: Part) -> AnyView {
    match part {
        Part::Text(text) => text.into_any(),
        Part::Link { text, href } => view! {
            <a href=href target="_blank" rel="noopener noreferrer" dir="ltr">{text}</a>
        }
        .into_any(),
    }
}
