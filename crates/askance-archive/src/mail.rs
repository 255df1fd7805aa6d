//! The columns of mail events.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{TimestampMicrosecondBuilder, UInt16Builder};
use askance_record::MailEvent;

use crate::Table;
use crate::side::{Fill, Origin, TextColumn, some};

#[derive(Default)]
pub(crate) struct MailColumns {
    ts: TimestampMicrosecondBuilder,
    kind: TextColumn,
    host: TextColumn,
    program: TextColumn,
    queue_id: TextColumn,
    peer: TextColumn,
    peer_name: TextColumn,
    helo: TextColumn,
    mail_from: TextColumn,
    rcpt_to: TextColumn,
    code: UInt16Builder,
    text: TextColumn,
    origin: Origin,
    scratch: String,
}

impl Fill for MailColumns {
    type Row = MailEvent;
    const TABLE: Table = Table::Mail;

    fn push(&mut self, mail: &MailEvent, source: &str, tap: &str) {
        self.ts.append_value(mail.ts.us());
        self.kind.append_value(mail.kind.as_str());
        self.scratch.clear();
        if let Some(ip) = mail.peer {
            write!(self.scratch, "{ip}").expect("writing to a String cannot fail");
        }
        self.peer.append_option(some(&self.scratch));
        let texts = [
            (&mut self.host, &mail.host),
            (&mut self.program, &mail.program),
            (&mut self.queue_id, &mail.queue_id),
            (&mut self.peer_name, &mail.peer_name),
            (&mut self.helo, &mail.helo),
            (&mut self.mail_from, &mail.from),
            (&mut self.rcpt_to, &mail.to),
            (&mut self.text, &mail.text),
        ];
        for (column, text) in texts {
            column.append_option(some(text));
        }
        self.code.append_option(mail.code);
        self.origin.push(mail.at, source, tap);
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.ts.finish().with_timezone("UTC")),
            Arc::new(self.kind.finish()),
            Arc::new(self.host.finish()),
            Arc::new(self.program.finish()),
            Arc::new(self.queue_id.finish()),
            Arc::new(self.peer.finish()),
            Arc::new(self.peer_name.finish()),
            Arc::new(self.helo.finish()),
            Arc::new(self.mail_from.finish()),
            Arc::new(self.rcpt_to.finish()),
            Arc::new(self.code.finish()),
            Arc::new(self.text.finish()),
        ];
        columns.extend(self.origin.take());
        columns
    }
}
