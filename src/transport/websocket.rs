//! The browser's `WebSocket`. Its four handlers are owned by the transport and detached when it is
//! dropped, so an abandoned socket neither leaks nor speaks.

use std::cell::Cell;
use std::rc::Rc;

use duologue_session::Down;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::{Transport, TransportEvent};

/// RFC 6455 section 7.1.5: the link broke without a close frame.
const ABNORMAL_CLOSURE: u16 = 1006;

/// One WebSocket, from its opening to its end. Dropping it closes it.
pub struct WebSocketTransport {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl WebSocketTransport {
    /// Starts to connect to `url` and reports through `on_event`, never before this returns.
    ///
    /// # Errors
    /// Where the browser refuses to try: not a WebSocket address, or an insecure one from a secure page.
    pub fn connect(url: &str, on_event: impl Fn(TransportEvent) + 'static) -> Result<Self, String> {
        let socket = WebSocket::new(url).map_err(|_| {
            format!("the browser does not allow a connection to {url} from this page")
        })?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on_event = Rc::new(on_event);
        let ended = Rc::new(Cell::new(false));
        // A failed connection fires `error` and then `close`; it ends once.
        let end = {
            let on_event = Rc::clone(&on_event);
            Rc::new(move |code: u16, reason: String| {
                if !ended.replace(true) {
                    on_event(TransportEvent::Down(Down { code, reason }));
                }
            })
        };

        let report = Rc::clone(&on_event);
        let on_open = Closure::new(move |_: Event| report(TransportEvent::Up));
        let on_message = Closure::new(move |event: MessageEvent| {
            // The protocol is text; a binary frame says nothing to it.
            if let Some(text) = event.data().as_string() {
                on_event(TransportEvent::Text(text));
            }
        });
        let fail = Rc::clone(&end);
        let on_error = Closure::new(move |_: Event| fail(ABNORMAL_CLOSURE, String::new()));
        let on_close = Closure::new(move |event: CloseEvent| end(event.code(), event.reason()));

        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_error: on_error,
            _on_close: on_close,
        })
    }
}

impl Transport for WebSocketTransport {
    fn send(&self, text: String) {
        // Throws on a socket that is not open yet.
        let _ = self.socket.send_with_str(&text);
    }
}

impl Drop for WebSocketTransport {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onerror(None);
        self.socket.set_onclose(None);
        // Without a code this can't throw.
        let _ = self.socket.close();
    }
}
