//! Encoding of the tracker's effects as bytes.

use wayside_model::value::Sink;
use wayside_model::{Field, Signal, Timestamp, Touchpoint};
use wayside_tracker::{Effects, Status};

use crate::value::Writer;

/// A writer of effects. Each effect is a list: its number (`Effect` in `js/tracker/src/wasm.ts`), then its arguments.
#[derive(Default)]
pub(crate) struct Done(Writer);

impl Done {
    /// The bytes of all effects, followed by whether the clock of a checkout step is running.
    pub(crate) fn end(mut self, times_a_step: bool) -> Vec<u8> {
        self.0.flag(times_a_step);
        self.0.0
    }

    /// Answers a question for stage and status.
    pub(crate) fn answer(&mut self, stage: &str, status: Status) {
        let out = self.begin(11);
        out.text(stage);
        out.map(5);
        let mut count = |name, count: u32| {
            out.key(name);
            out.int(count.into());
        };
        count("captured", status.captured);
        count("acked", status.acked);
        count("dropped", status.dropped);
        count("pending", status.pending);
        count("refused", status.refused);
    }

    fn begin(&mut self, which: u8) -> &mut Writer {
        self.0.list(3);
        self.0.int(which.into());
        &mut self.0
    }

    fn two_texts(&mut self, which: u8, a: &str, b: &str) {
        let out = self.begin(which);
        out.text(a);
        out.text(b);
    }

    fn bytes(&mut self, which: u8, bytes: &[u8], id: u32) {
        let out = self.begin(which);
        out.bytes(bytes);
        out.int(id.into());
    }

    fn number(&mut self, which: u8, n: u32) {
        let out = self.begin(which);
        out.int(n.into());
        out.null();
    }
}

impl Effects for Done {
    fn end_turn(&mut self) {
        self.number(0, 0);
    }

    fn store_text(&mut self, what: &'static str, text: &str) {
        self.two_texts(1, what, text);
    }

    fn store_bytes(&mut self, what: &'static str, bytes: &[u8]) {
        let out = self.begin(1);
        out.text(what);
        out.bytes(bytes);
    }

    fn adopted(&mut self) {
        self.number(2, 0);
    }

    fn purge(&mut self) {
        self.number(3, 0);
    }

    fn send(&mut self, id: u32, body: &[u8]) {
        self.bytes(4, body, id);
    }

    fn beacon(&mut self, body: &[u8]) {
        self.bytes(5, body, 0);
    }

    fn timer(&mut self, ms: u32) {
        self.number(6, ms);
    }

    fn signal(&mut self, signal: &Signal) {
        let out = self.begin(7);
        out.map(5);
        out.key("name");
        out.text(signal.kind.name());
        out.key("family");
        out.text(signal.kind.family().name());
        out.key("moment");
        match signal.evidence.get(Field::Moment) {
            Some(moment) => moment.write(out),
            None => out.null(),
        }
        out.key("time");
        out.int(signal.time.millis());
        out.key("evidence");
        signal.evidence.write(out);
        out.null();
    }

    fn touchpoint(&mut self, time: Timestamp, touchpoint: &Touchpoint) {
        let out = self.begin(8);
        out.map(1 + touchpoint.pairs());
        out.key("time");
        out.int(time.millis());
        touchpoint.write_pairs(out);
        out.null();
    }

    fn settled(&mut self, token: u32) {
        self.number(9, token);
    }

    fn warn(&mut self, code: &'static str, about: &str) {
        self.two_texts(10, code, about);
    }
}
