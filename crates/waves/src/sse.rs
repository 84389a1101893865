//! Server-Sent Events, cut out of bytes as they arrive.
//!
//! Follows the HTML standard's parsing rules (all three line ends, comments, several `data`
//! lines, a byte order mark), except that ids and retry times are dropped, since a speech
//! answer can't be resumed. Memory is bounded: an event over the limit is an error.

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// The value of its `event` line; empty without one.
    pub(crate) event: String,
    /// Its `data` lines, joined by line feeds.
    pub(crate) data: String,
}

/// An event or a line that is longer than any honest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Holds what has arrived of the event that is not complete yet.
pub(crate) struct SseParser {
    longest: usize,
    line: Vec<u8>,
    event: String,
    data: Option<String>,
    /// The last byte was a carriage return: a line feed right behind it ends no second line.
    after_return: bool,
    first_line: bool,
}

impl SseParser {
    /// `longest`: bytes of one event, all its lines together.
    pub(crate) fn new(longest: usize) -> SseParser {
        SseParser {
            longest,
            line: Vec::new(),
            event: String::new(),
            data: None,
            after_return: false,
            first_line: true,
        }
    }

    /// Takes the next bytes, cut anywhere, and hands every event they complete to `events`.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        events: &mut Vec<SseEvent>,
    ) -> Result<(), TooLong> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            let held =
                self.line.len() + self.event.len() + self.data.as_ref().map_or(0, String::len);
            if part.len() > self.longest.saturating_sub(held) {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            self.after_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            events.extend(self.end_line());
        }
        Ok(())
    }

    /// What is left when the bytes end: an event whose closing blank line is missing. The
    /// standard drops it; the caller may look whether it is whole by its content.
    pub(crate) fn finish(&mut self) -> Option<SseEvent> {
        let unfinished = self.end_line();
        unfinished.or_else(|| self.dispatch())
    }

    fn end_line(&mut self) -> Option<SseEvent> {
        let mut line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text = match std::mem::take(&mut self.first_line) {
            true => text.strip_prefix('\u{feff}').unwrap_or(&text),
            false => &text,
        };
        let complete = if text.is_empty() {
            self.dispatch()
        } else {
            let (field, value) = text.split_once(':').unwrap_or((text, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.event),
                "data" => match &mut self.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => self.data = Some(value.to_owned()),
                },
                // Comments have an empty field name; ids, retry times and unknown fields go too.
                _ => {}
            }
            None
        };
        // The next line is about as long: keep the room.
        line.clear();
        self.line = line;
        complete
    }

    fn dispatch(&mut self) -> Option<SseEvent> {
        let event = std::mem::take(&mut self.event);
        let data = self.data.take()?;
        Some(SseEvent { event, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONGEST: usize = 1 << 20;

    fn parse(chunks: &[&[u8]]) -> Vec<SseEvent> {
        let mut parser = SseParser::new(LONGEST);
        let mut events = Vec::new();
        for chunk in chunks {
            parser.push(chunk, &mut events).unwrap();
        }
        events
    }

    fn event(event: &str, data: &str) -> SseEvent {
        SseEvent {
            event: event.into(),
            data: data.into(),
        }
    }

    #[test]
    fn the_events_of_the_service_are_read() {
        let wire = b"event: audio\ndata: {\"audio\":\"AAA=\",\"done\":false,\"status\":\"206\"}\n\ndata: {\"status\":\"200\",\"done\":true}\n\n";
        assert_eq!(
            parse(&[wire]),
            [
                event("audio", r#"{"audio":"AAA=","done":false,"status":"206"}"#),
                event("", r#"{"status":"200","done":true}"#),
            ]
        );
    }

    #[test]
    fn all_rules_of_the_standard_hold() {
        let wire = "\u{feff}: comment\r\ndata: a\r\ndata:b\r\rid: 7\nretry: 5\nnonsense\ndata\n\n\n\nevent: x\n\nevent: lost\ndata:  two spaces\n\ndata: unfinished";
        assert_eq!(
            parse(&[wire.as_bytes()]),
            [
                event("", "a\nb"),
                event("", ""),
                event("lost", " two spaces")
            ]
        );
    }

    #[test]
    fn an_event_without_its_blank_line_is_only_given_at_the_end() {
        for wire in ["event: e\ndata: {}\n", "event: e\ndata: {}"] {
            let mut parser = SseParser::new(LONGEST);
            let mut events = Vec::new();
            parser.push(wire.as_bytes(), &mut events).unwrap();
            assert_eq!(events, []);
            assert_eq!(parser.finish(), Some(event("e", "{}")));
            assert_eq!(parser.finish(), None);
        }
    }

    #[test]
    fn endless_lines_and_endless_events_are_refused() {
        let mut parser = SseParser::new(100);
        let mut events = Vec::new();
        assert_eq!(parser.push(&[b'x'; 60], &mut events), Ok(()));
        assert_eq!(parser.push(&[b'x'; 60], &mut events), Err(TooLong));
        let mut parser = SseParser::new(100);
        let endless = (0..50).try_for_each(|_| parser.push(b"data: 1234\n", &mut events));
        assert_eq!(endless, Err(TooLong));
        let mut parser = SseParser::new(100);
        let comments = (0..50).try_for_each(|_| parser.push(b": still there\n", &mut events));
        assert_eq!(comments, Ok(()), "comments are not kept");
    }

    proptest! {
        #[test]
        fn any_bytes_cut_anywhere_give_the_same_events(
            wire in proptest::collection::vec(byte(), 0..300),
            cuts in proptest::collection::vec(0usize..300, 0..8),
        ) {
            let whole = parse(&[&wire]);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(wire.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut start = 0;
            for cut in cuts {
                chunks.push(&wire[start..cut]);
                start = cut;
            }
            chunks.push(&wire[start..]);
            prop_assert_eq!(parse(&chunks), whole.clone());
            let bytes: Vec<&[u8]> = wire.chunks(1).collect();
            prop_assert_eq!(parse(&bytes), whole);
        }

        #[test]
        fn what_is_written_is_read_back(
            events in proptest::collection::vec((text(0..5), proptest::collection::vec(text(0..30), 1..4)), 0..6),
            line_end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        ) {
            let mut wire = String::new();
            for (name, data) in &events {
                if !name.is_empty() {
                    wire += &format!("event: {name}{line_end}");
                }
                for line in data {
                    wire += &format!("data: {line}{line_end}");
                }
                wire += line_end;
            }
            let expected: Vec<SseEvent> = events.iter().map(|(name, data)| event(name, &data.join("\n"))).collect();
            prop_assert_eq!(parse(&[wire.as_bytes()]), expected);
        }

        #[test]
        fn memory_stays_within_the_limit(wire in proptest::collection::vec(byte(), 0..2_000)) {
            let mut parser = SseParser::new(64);
            let mut events = Vec::new();
            for chunk in wire.chunks(7) {
                if parser.push(chunk, &mut events).is_err() {
                    break;
                }
                prop_assert!(parser.line.len() <= 64);
            }
            // Lossy decoding may triple bytes that are not UTF-8.
            prop_assert!(events.iter().all(|event| event.data.len() <= 64 * 3));
        }
    }

    /// A line without its end. (A regular expression for this takes seconds to draw from.)
    fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
        let letter = proptest::sample::select(vec![
            'a', 'z', ':', ' ', '\t', '\0', '{', 'ä', '語', '\u{2028}',
        ]);
        proptest::collection::vec(letter, length).prop_map(String::from_iter)
    }

    /// Bytes that make the parser's corners likely.
    fn byte() -> impl Strategy<Value = u8> {
        any::<u8>().prop_map(|byte| match byte {
            0..=35 => b'\n',
            36..=70 => b'\r',
            71..=90 => b':',
            91..=110 => b' ',
            111..=175 => b"data\xef\xbb\xbf\xc3\xa4"[usize::from(byte) % 9],
            other => other,
        })
    }
}
