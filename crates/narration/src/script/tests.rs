use proptest::prelude::*;

use super::*;
use crate::document::{Block, BlockKind, Chapter};

/// A document of paragraphs between blank lines; `# ` begins a chapter with its heading, `> ` is verse, `***` a break
/// between scenes.
fn document(text: &str) -> Document {
    let mut blocks = Vec::new();
    let mut starts = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive("\n\n") {
        let words = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        at += part.len();
        let (kind, sign) = match words.as_bytes() {
            [] => continue,
            [b'#', b' ', ..] => (BlockKind::Heading(1), 2),
            [b'>', b' ', ..] => (BlockKind::Verse, 2),
            b"***" => (BlockKind::SceneBreak, 0),
            _ => (BlockKind::Paragraph, 0),
        };
        if kind == BlockKind::Heading(1) || blocks.is_empty() {
            starts.push(blocks.len());
        }
        blocks.push(Block {
            kind,
            range: start + sign..start + words.len(),
        });
    }
    let ends = starts.iter().skip(1).copied().chain([blocks.len()]);
    let chapters = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Chapter {
            title: String::new(),
            depth: 0,
            blocks: *start..end,
        })
        .collect();
    Document {
        title: String::new(),
        author: None,
        language: None,
        cover: None,
        text: text.to_owned(),
        blocks,
        chapters,
        report: Vec::new(),
    }
}

fn english() -> ScriptOptions {
    ScriptOptions {
        language: Some(Language::English),
        ..ScriptOptions::default()
    }
}

fn spoken(text: &str) -> Vec<String> {
    spoken_with(text, &english())
}

fn spoken_with(text: &str, options: &ScriptOptions) -> Vec<String> {
    script(&document(text), options)
        .segments
        .iter()
        .map(|segment| segment.speech(text))
        .collect()
}

/// Each segment with the milliseconds after it.
fn paused(text: &str) -> Vec<(String, u128)> {
    script(&document(text), &english())
        .segments
        .iter()
        .map(|segment| (segment.speech(text), segment.pause_after.as_millis()))
        .collect()
}

fn voices(text: &str, options: &ScriptOptions) -> Vec<(Option<String>, String)> {
    script(&document(text), options)
        .segments
        .iter()
        .map(|segment| (segment.voice.clone(), segment.speech(text)))
        .collect()
}

#[test]
fn a_sentence_of_usual_length_is_a_segment_and_short_ones_are_joined() {
    assert_eq!(
        spoken(
            "The keeper wrote one line in his log. Nobody knew for whom he wrote it. No. Never."
        ),
        [
            "The keeper wrote one line in his log.",
            "Nobody knew for whom he wrote it. No. Never."
        ]
    );
}

#[test]
fn sentences_of_a_segment_are_told() {
    let text = "No. Never again will I sail on that old boat. The end of it all had come at last, he thought.";
    let script = script(&document(text), &english());
    let sentences: Vec<_> = script
        .segments
        .iter()
        .map(|segment| segment.sentences.clone())
        .collect();
    assert_eq!(sentences, [0..2, 2..3]);
    assert_eq!(
        script.sentences[1].speech(text),
        "Never again will I sail on that old boat."
    );
}

#[test]
fn paragraphs_are_never_joined() {
    assert_eq!(spoken("No.\n\nYes."), ["No.", "Yes."]);
}

#[test]
fn line_breaks_within_a_paragraph_are_spaces() {
    assert_eq!(
        spoken("The keeper wrote one line in\nhis log."),
        ["The keeper wrote one line in his log."]
    );
}

#[test]
fn what_holds_no_letter_or_digit_is_not_spoken() {
    assert_eq!(spoken("* * *\n\n— … —\n\n🙂"), Vec::<String>::new());
    assert_eq!(spoken(""), Vec::<String>::new());
}

#[test]
fn each_line_of_verse_is_a_sentence() {
    assert_eq!(
        paused(
            "> The woods are lovely, dark and deep,\nBut I have promises to keep,\nAnd miles to go before I sleep."
        ),
        [
            ("The woods are lovely, dark and deep,".to_owned(), 160),
            ("But I have promises to keep,".to_owned(), 160),
            ("And miles to go before I sleep.".to_owned(), 1200),
        ]
    );
}

#[test]
fn every_kind_of_border_has_its_pause() {
    let text = "# The First Chapter\n\nThis is the first sentence of all. This is the second sentence of all.\n\nAnother paragraph begins here.\n\n***\n\nAnother scene begins here.\n\n# The Second Chapter\n\nThe end.";
    let pauses: Vec<_> = paused(text).into_iter().map(|(_, pause)| pause).collect();
    assert_eq!(pauses, [700, 160, 420, 1000, 1200, 700, 1200]);
}

#[test]
fn pauses_are_what_the_settings_say() {
    let options = ScriptOptions {
        pauses: PauseSettings {
            paragraph: Pause::milliseconds(2000),
            ..PauseSettings::default()
        },
        ..english()
    };
    let script = script(&document("One.\n\nTwo."), &options);
    assert_eq!(script.segments[0].pause_after, Duration::from_secs(2));
    assert_eq!(
        Pause::milliseconds(u32::MAX).length(),
        markup::LONGEST_PAUSE
    );
}

#[test]
fn a_long_sentence_is_cut_at_clauses_and_never_inside_a_number() {
    let text = "Prices rose from 1,000 to 2,500 coins; ".repeat(12) + "and then they fell.";
    let pieces = paused(&text);
    assert!(pieces.len() > 1);
    for (piece, pause) in &pieces[..pieces.len() - 1] {
        assert!(piece.chars().count() <= MAX_CHARACTERS);
        assert!(piece.ends_with("coins;"), "{piece}");
        assert_eq!(*pause, 60);
    }
}

#[test]
fn a_long_sentence_is_cut_into_pieces_of_like_length() {
    let text =
        "The keeper and the boy and the old dog went down to the water and ".repeat(5) + "stayed";
    let lengths: Vec<_> = spoken(&text)
        .iter()
        .map(|piece| piece.chars().count())
        .collect();
    assert_eq!(lengths.len(), 2, "{lengths:?}");
    assert!(
        lengths.iter().all(|length| (140..=200).contains(length)),
        "{lengths:?}"
    );
}

#[test]
fn abbreviations_numbers_and_names_are_not_cut() {
    let text = "so Dr. Meyer paid 150 000 euros to Prof. J. R. Smith on p. 12 of it ".repeat(20);
    for piece in spoken(&text) {
        let first = piece.split(' ').next().unwrap();
        let last = piece.rsplit(' ').next().unwrap();
        assert!(
            !["Dr.", "Prof.", "J.", "R.", "p.", "150"].contains(&last),
            "{piece}"
        );
        assert!(!["Meyer", "Smith", "000", "12"].contains(&first), "{piece}");
    }
}

#[test]
fn ordinals_and_what_numbers_are_of_are_not_cut() {
    let text = "wir kamen am 3. Oktober zu Friedrich II. Meyer und lasen n° 5 und § 7 ".repeat(20);
    let german = ScriptOptions {
        language: Some(Language::German),
        ..ScriptOptions::default()
    };
    for piece in spoken_with(&text, &german) {
        let last = piece.rsplit(' ').next().unwrap();
        assert!(!["3.", "II.", "n°", "§"].contains(&last), "{piece}");
    }
}

#[test]
fn phrases_of_a_dictionary_are_not_cut() {
    let options = ScriptOptions {
        whole: vec!["abcd efgh".to_owned()],
        ..english()
    };
    let ends_whole = |pieces: Vec<String>| pieces.iter().all(|piece| piece.ends_with("efgh"));
    let texts = (1..10).map(|length| "x".repeat(length) + " " + &"abcd efgh ".repeat(60));
    assert!(
        texts
            .clone()
            .all(|text| ends_whole(spoken_with(&text, &options)))
    );
    assert!(!texts.clone().all(|text| ends_whole(spoken(&text))));
}

#[test]
fn an_address_is_cut_only_when_it_is_longer_than_a_request() {
    let address = format!("https://example.com/{}", "a".repeat(200));
    let text = format!("Look {address} and {address} and {address} now");
    assert!(
        spoken(&text)
            .iter()
            .all(|piece| piece.matches("https").count() == piece.matches(&address).count())
    );
    assert!(
        spoken(&"a".repeat(600))
            .iter()
            .all(|piece| piece.len() <= MAX_CHARACTERS)
    );
}

#[test]
fn sentences_within_a_long_quotation_are_cut_first() {
    let quotation =
        "I came to this shore with nothing but a coat and a letter that I could not read myself.";
    let text = format!("“{quotation} {quotation} {quotation} {quotation}”");
    for piece in spoken(&text) {
        assert!(piece.trim_end_matches('”').ends_with('.'), "{piece}");
    }
}

#[test]
fn chinese_is_cut_at_its_own_marks() {
    let text = "他们走进大厅的时候神情十分落寞，".repeat(40);
    let options = ScriptOptions {
        language: Some(Language::Chinese),
        ..ScriptOptions::default()
    };
    let pieces = spoken_with(&text, &options);
    assert!(pieces.len() > 1);
    assert!(
        pieces
            .iter()
            .all(|piece| piece.ends_with('，') && piece.chars().count() <= MAX_CHARACTERS)
    );
}

#[test]
fn a_pause_in_the_text_takes_the_place_of_the_usual_one() {
    assert_eq!(
        paused(
            "Wait for it. [pause 2s] Here it comes now.\n\nThen [pause 500ms][pause 1s] it went."
        ),
        [
            ("Wait for it.".to_owned(), 2000),
            ("Here it comes now.".to_owned(), 420),
            ("Then".to_owned(), 1500),
            ("it went.".to_owned(), 1200),
        ]
    );
    let script = script(&document("[pause 3s] Go."), &english());
    assert_eq!(script.pause_before, Duration::from_secs(3));
}

#[test]
fn a_pause_within_a_sentence_leaves_it_one_sentence() {
    let text = "And the winner is [pause 2s] nobody.";
    let script = script(&document(text), &english());
    assert_eq!(script.segments.len(), 2);
    assert_eq!(script.sentences.len(), 1);
    assert_eq!(
        script.sentences[0].speech(text),
        "And the winner is nobody."
    );
}

#[test]
fn a_voice_speaks_its_paragraph_or_all_that_follows() {
    let named = |name: &str| Some(name.to_owned());
    let said = |words: &str| words.to_owned();
    assert_eq!(
        voices(
            "[voice: Sophie] Good morning to you. How are you today?\n\nNobody answered her.\n\n[voice: Max]\n\nI did answer her.\n\nTwice I did.\n\n[voice]\n\nThe end.",
            &english()
        ),
        [
            (
                named("Sophie"),
                said("Good morning to you. How are you today?")
            ),
            (None, said("Nobody answered her.")),
            (named("Max"), said("I did answer her.")),
            (named("Max"), said("Twice I did.")),
            (None, said("The end.")),
        ]
    );
}

#[test]
fn a_voice_may_change_within_a_paragraph() {
    assert_eq!(
        voices(
            "He said: [voice: Max] go away. [voice] And left.",
            &english()
        ),
        [
            (None, "He said:".to_owned()),
            (Some("Max".to_owned()), "go away.".to_owned()),
            (None, "And left.".to_owned()),
        ]
    );
}

#[test]
fn a_dialogue_names_its_speakers_when_it_is_said_to_be_one() {
    let text = "ROMEO: But soft, what light through yonder window breaks?\n\nThe moon rose.\n\nJuliet: Ay me!";
    let options = ScriptOptions {
        dialogue: true,
        ..english()
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(
        voices(text, &options),
        [
            (
                named("ROMEO"),
                "But soft, what light through yonder window breaks?".to_owned()
            ),
            (None, "The moon rose.".to_owned()),
            (named("Juliet"), "Ay me!".to_owned()),
        ]
    );
    assert!(
        voices(text, &english())
            .iter()
            .all(|(voice, _)| voice.is_none())
    );
}

#[test]
fn skipped_words_are_not_spoken_and_may_span_paragraphs() {
    assert_eq!(
        spoken(
            "One [skip: and a half] two.\n\n[skip]\n\nNot this.\n\nNor this[/skip] but this.\n\n[skip: nothing of it]"
        ),
        ["One two.", "but this."]
    );
}

#[test]
fn words_to_spell_stay_in_their_sentence() {
    assert_eq!(
        spoken("The word [spell: a.b.c.] is spelled. Then \\[pause 1s] is no direction."),
        [
            "The word A B C is spelled.",
            "Then [pause 1s] is no direction."
        ]
    );
}

#[test]
fn the_language_of_a_document_decides_unless_another_is_asked_for() {
    let text = "Die Abstimmung war am 12. Juni dieses Jahres. Sie dauerte bis in die Nacht hinein.";
    let mut german = document(text);
    german.language = Some("de-AT".to_owned());
    let count =
        |document: &Document, options: &ScriptOptions| script(document, options).sentences.len();
    assert_eq!(count(&german, &ScriptOptions::default()), 2);
    assert_eq!(count(&german, &english()), 3);
    german.language = None;
    assert_eq!(count(&german, &ScriptOptions::default()), 2);
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn segments_give_back_the_text(
        text in "([a-zA-Z0-9 .,;!?\n\t“”\"()é漢。「」🙂\u{301}'-]|\n\n|Dr\\. |https://a\\.b/c ){0,400}",
        whole in prop::collection::vec("[a-z]{1,3} [a-z]{1,3}", 0..3),
    ) {
        let options = ScriptOptions { whole, ..ScriptOptions::default() };
        let document = document(&text);
        let script = script(&document, &options);
        let mut at = 0;
        let mut kept = String::new();
        for segment in &script.segments {
            prop_assert!(segment.range.start >= at);
            at = segment.range.end;
            let words = &text[segment.range.clone()];
            prop_assert!(words.chars().count() <= MAX_CHARACTERS);
            prop_assert_eq!(words.trim(), words);
            let block = &document.blocks[segment.block].range;
            prop_assert!(block.start <= segment.range.start && segment.range.end <= block.end);
            prop_assert!(!segment.sentences.is_empty());
            kept.push_str(&segment.speech(&text));
        }
        prop_assert_eq!(letters(&kept), letters(&text));
        let mut read = String::new();
        let mut at = 0;
        for sentence in &script.sentences {
            prop_assert!(sentence.range.start >= at);
            at = sentence.range.end;
            read.push_str(&sentence.speech(&text));
        }
        prop_assert_eq!(letters(&read), letters(&text));
    }

    #[test]
    fn sentences_and_segments_speak_the_same_words(
        text in "(\\[pause 1s\\]|\\[voice: A\\]|\\[spell: AB\\]|\\[skip: x\\]|\\[skip\\]|\\[/skip\\]|\\\\\\[|[a-zA-Z .!?\\]]|\n\n){0,60}",
        dialogue: bool,
    ) {
        let options = ScriptOptions { dialogue, ..english() };
        let script = script(&document(&text), &options);
        let segments: String = script.segments.iter().map(|segment| segment.speech(&text)).collect();
        let sentences: String = script.sentences.iter().map(|sentence| sentence.speech(&text)).collect();
        prop_assert_eq!(letters(&segments), letters(&sentences));
    }

    #[test]
    fn any_text_in_any_language_is_cut_without_a_panic(text in any::<String>(), index in 0..Language::ALL.len()) {
        let options = ScriptOptions { language: Some(Language::ALL[index]), dialogue: true, ..ScriptOptions::default() };
        let _ = script(&document(&text), &options);
    }

    #[test]
    fn marks_in_any_order_are_cut_without_a_panic(text in "[ \\.!?…\"'“”„«»()\\[\\]A-Ca-c1-3IVد،:।॥。「」；;•\\\\/@-]{0,80}", index in 0..Language::ALL.len()) {
        let options = ScriptOptions { language: Some(Language::ALL[index]), ..ScriptOptions::default() };
        let script = script(&document(&text), &options);
        let read: String = script.sentences.iter().map(|sentence| sentence.speech(&text)).collect();
        prop_assert_eq!(letters(&read), letters(&text));
    }
}

/// Ten megabytes in a debug build would take minutes; that four times as much takes about four times as long is what
/// matters, and it does at any size.
#[test]
fn hostile_texts_take_time_in_proportion_to_their_length() {
    for unit in [
        ".",
        "\"",
        "[pause",
        "[pause 1s]",
        "[skip: ",
        "[skip]",
        "\\[",
        "a",
        "\u{301}",
        "« ",
        "(",
        ". ",
        "a. ",
        "A. ",
        "A.A.",
        "1. ",
        "x) ",
        "• ",
        "• x. ",
        "Dr. ",
        "p.m. ",
        "“a.” ",
        "? ",
        "قال: ",
        "ا، ",
        "。",
        "「。",
        "1 ",
        "\n",
        "- \n",
        "I. ",
        "z. B. ",
        "a: ",
    ] {
        let seconds = |count: usize| {
            let text = unit.repeat(count);
            let document = document(&text);
            let started = std::time::Instant::now();
            let _ = script(&document, &ScriptOptions::default());
            started.elapsed().as_secs_f64()
        };
        let (short, long) = (seconds(8_000), seconds(64_000));
        assert!(
            long < 40.0 * short.max(0.004),
            "{unit:?}: {short} s, {long} s"
        );
    }
}
