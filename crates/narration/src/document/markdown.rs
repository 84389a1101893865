//! Markdown → what a reader would say of it (CommonMark with the extensions of GitHub, footnotes and front matter).
//!
//! Markdown is a short way to write HTML and may hold any of it, so it becomes a page, which is read like every other one.

use pulldown_cmark::{
    CowStr, Event, MetadataBlockKind, Options, Parser, Tag, TagEnd, html as page,
};

use super::draft::Draft;
use super::report::{ImportOptions, RemarkKind};
use super::{ImportError, encoding, html, plain};

/// A list that begins with a higher number is none: the number belongs to a sentence (`1986. A great year.`).
const HIGHEST_FIRST_ITEM: u64 = 99;

/// # Errors
/// [`ImportError::NotText`] and [`ImportError::TooComplex`].
pub(super) fn read(
    bytes: &[u8],
    options: &ImportOptions,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let source = encoding::text_of(bytes, options, &mut draft.report)?;
    if options.keeps(RemarkKind::MarkdownRead) {
        plain::read_text(&source, options, draft);
        return Ok(());
    }
    draft.headings_are_titles = true;
    draft.report.note(RemarkKind::MarkdownRead, 0, "");
    let mut page = page_of(&with_escaped_directions(source), draft);
    open_what_never_ends(&mut page);
    html::read_whole(&page, options, draft)
}

fn page_of(source: &str, draft: &mut Draft) -> String {
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_WIKILINKS;
    let mut front_matter = None;
    // The next number of each open list whose numbers are words.
    let mut numbers: Vec<Option<u64>> = Vec::new();
    let events = Parser::new_ext(source, extensions).filter_map(|event| match event {
        Event::Start(Tag::MetadataBlock(
            MetadataBlockKind::YamlStyle | MetadataBlockKind::PlusesStyle,
        )) => {
            front_matter = Some(String::new());
            None
        }
        Event::End(TagEnd::MetadataBlock(_)) => {
            read_front_matter(&front_matter.take().unwrap_or_default(), draft);
            None
        }
        Event::Text(words) => match &mut front_matter {
            Some(matter) => {
                matter.push_str(&words);
                None
            }
            None => Some(Event::Text(words)),
        },
        Event::Start(Tag::List(first)) => {
            numbers.push(first.filter(|first| *first > HIGHEST_FIRST_ITEM));
            Some(Event::Start(Tag::List(first)))
        }
        Event::End(end @ TagEnd::List(_)) => {
            numbers.pop();
            Some(Event::End(end))
        }
        Event::Start(Tag::Item) => match numbers.last_mut() {
            Some(Some(number)) => {
                let item = format!("<li>{number}. ");
                *number += 1;
                Some(Event::Html(item.into()))
            }
            _ => Some(Event::Start(Tag::Item)),
        },
        // Struck words are still words of the text; deleted ones, as HTML has them, are not.
        Event::Start(Tag::Strikethrough) => Some(Event::InlineHtml("<s>".into())),
        Event::End(TagEnd::Strikethrough) => Some(Event::InlineHtml("</s>".into())),
        Event::FootnoteReference(label) => Some(note_sign(&label)),
        Event::InlineMath(formula) if !is_formula(&formula) => {
            Some(Event::Text(format!("${formula}$").into()))
        }
        Event::InlineMath(formula) | Event::DisplayMath(formula) => Some(formula_of(&formula)),
        event => Some(event),
    });
    let mut written = String::with_capacity(source.len() + source.len() / 8);
    page::push_html(&mut written, events);
    written
}

/// Peal's own escape is Markdown's as well, which would take the sign away: `\[pause]` is to arrive as it stands.
fn with_escaped_directions(mut source: String) -> String {
    for escaped in ["\\[pause", "\\[voice", "\\[spell", "\\[skip"] {
        if source.contains(escaped) {
            source = source.replace(escaped, &format!("\\{escaped}"));
        }
    }
    source
}

fn note_sign(label: &str) -> Event<'static> {
    let label = escaped(label);
    Event::InlineHtml(format!("<a role=doc-noteref href=\"#{label}\">[{label}]</a>").into())
}

/// TeX, which is no speech; what is as simple as words are is spoken by the reader of pages.
fn formula_of(formula: &str) -> Event<'static> {
    Event::InlineHtml(format!("<math alttext=\"{}\"></math>", escaped(formula)).into())
}

/// Two dollar signs stand around prices, too: `$5/$6`.
fn is_formula(formula: &str) -> bool {
    formula.contains(['\\', '^', '_', '=', '{'])
        || !formula.contains(char::is_whitespace) && !formula.contains(|c: char| c.is_ascii_digit())
}

fn escaped(words: &str) -> CowStr<'static> {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    words.replace('"', "&quot;").into()
}

/// Takes away the tags of what is not read where nothing ends it: whoever writes “the `<title>` of a page” means the word
/// and not that all which follows is a title.
fn open_what_never_ends(page: &mut String) {
    const UNREAD: [&str; 18] = [
        "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript",
        "template", "object", "audio", "video", "canvas", "button", "select", "nav", "svg",
    ];
    if !page.contains('<') {
        return;
    }
    let small = page.to_ascii_lowercase();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut find = |start: &str, end: &str, is_tag: bool| {
        let last_end = small.rfind(end).unwrap_or(0);
        for (at, _) in small[last_end..].match_indices(start) {
            let at = last_end + at;
            let after = at + start.len();
            if is_tag && !small[after..].starts_with(['>', '/', ' ', '\t', '\n']) {
                continue;
            }
            let length = if is_tag {
                small[after..]
                    .find('>')
                    .map_or(start.len(), |end| start.len() + end + 1)
            } else {
                start.len()
            };
            open.push((at, length));
        }
    };
    for name in UNREAD {
        find(&format!("<{name}"), &format!("</{name}"), true);
    }
    find("<!--", "-->", false);
    open.sort_unstable();
    let mut kept = String::with_capacity(page.len());
    let mut done = 0;
    for (at, length) in open {
        if at >= done {
            kept.push_str(&page[done..at]);
            done = at + length;
        }
    }
    kept.push_str(&page[done..]);
    *page = kept;
}

/// Title, author and language of YAML (`title: x`) or TOML (`title = "x"`); everything else there is not for reading.
fn read_front_matter(source: &str, draft: &mut Draft) {
    // The name whose value may be a list on the next lines.
    let mut is_author_open = false;
    let mut authors = Vec::new();
    for line in source.lines() {
        if let Some(item) = line.trim_start().strip_prefix("- ")
            && is_author_open
        {
            // `- name: A. Writer` is a list of things with names.
            let name = item.trim().strip_prefix("name:").unwrap_or(item);
            authors.push(bare(name).to_owned());
            continue;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, value)) = line.split_once([':', '=']) else {
            continue;
        };
        let name = name.trim();
        let value = value.trim();
        is_author_open = matches!(name, "author" | "authors") && value.is_empty();
        if value.is_empty() {
            continue;
        }
        match name {
            "title" => draft.title = Some(bare(value).to_owned()),
            "author" | "authors" => {
                let listed = value
                    .strip_prefix('[')
                    .and_then(|value| value.strip_suffix(']'));
                match listed {
                    Some(listed) => {
                        authors = listed
                            .split(',')
                            .map(|name| bare(name).to_owned())
                            .collect();
                    }
                    None => authors = vec![bare(value).to_owned()],
                }
            }
            "lang" | "language" => draft.language = Some(bare(value).to_owned()),
            _ => {}
        }
    }
    authors.retain(|author| !author.is_empty());
    if !authors.is_empty() {
        draft.author = Some(authors.join(", "));
    }
}

fn bare(value: &str) -> &str {
    value.trim().trim_matches(['"', '\'', '[', ']']).trim()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_sound, read};
    use super::*;

    fn paragraphs(source: &str) -> Vec<String> {
        let document = read("a.md", source.as_bytes());
        assert_sound(&document);
        document.text.split("\n\n").map(str::to_owned).collect()
    }

    #[test]
    fn html_in_markdown_is_read_with_the_markdown_in_it() {
        let source = "<div align=\"center\">\n<h1>The keeper</h1>\n\nHe was **old**.\n\n</div>\n\n<!-- no -->\n\n<details>\n<summary>More</summary>\n\nHe slept <kbd>well</kbd>.\n\n</details>\n\n<p>The end.</p>\n\n<script>no</script>\n\n<img src=a.png alt=\"A lamp\">\n\n1 < 2.\n";
        assert_eq!(
            paragraphs(source),
            [
                "The keeper",
                "He was old.",
                "More",
                "He slept well.",
                "The end.",
                "1 < 2."
            ]
        );
        let document = read("a.md", source.as_bytes());
        assert_eq!(document.title, "The keeper");
        assert!(
            document
                .report
                .iter()
                .any(|remark| remark.kind == RemarkKind::PicturesDropped
                    && remark.example == "A lamp")
        );
    }

    #[test]
    fn a_tag_that_nothing_ends_takes_no_words_away() {
        for tag in [
            "<title>",
            "<script>",
            "<TEXTAREA rows=2>",
            "<video src=a>",
            "<svg>",
        ] {
            let source = format!("The {tag} of a page.\n\nMore of it.\n\n{tag}\nAnd more.\n");
            let text = paragraphs(&source).join(" ");
            assert!(text.ends_with("of a page. More of it. And more."), "{text}");
        }
        assert_eq!(
            paragraphs("One.\n\n<!-- two\n\nthree"),
            ["One.", "two three"]
        );
    }

    #[test]
    fn what_github_writes_and_numbers_that_begin_sentences_are_read_as_meant() {
        assert_eq!(paragraphs("> [!NOTE]\n> Take care."), ["Take care."]);
        assert_eq!(paragraphs("1986. A great year.\n"), ["1986. A great year."]);
        assert_eq!(paragraphs("7. Seven\n8. Eight\n"), ["Seven", "Eight"]);
        assert_eq!(
            paragraphs("It was ~~bad~~ good, see [[Day one|the day]]."),
            ["It was bad good, see the day."]
        );
    }

    #[test]
    fn formulas_are_no_speech_and_prices_are_no_formulas() {
        let source = "It cost $5 or $6, or $7/$8. So $\\frac{a}{b}$ holds.\n\n$$\n\\int x\n$$\n";
        let document = read("a.md", source.as_bytes());
        assert_eq!(document.text, "It cost $5 or $6, or $7/$8. So holds.");
        let told = document
            .report
            .iter()
            .filter(|remark| remark.kind == RemarkKind::PicturesDropped);
        assert_eq!(told.count(), 2);
    }

    #[test]
    fn directions_can_be_escaped_as_the_guide_says() {
        assert_eq!(
            paragraphs("Type \\[pause 1s] or [pause 2s] here."),
            ["Type \\[pause 1s] or [pause 2s] here."]
        );
    }

    #[test]
    fn authors_may_be_a_list() {
        for (matter, author) in [
            ("author:\n  - A. One\n  - name: B. Two\n", "A. One, B. Two"),
            ("author: [A. One, \"B. Two\"]\n", "A. One, B. Two"),
            ("author: \"A. One\"\n", "A. One"),
        ] {
            let document = read(
                "a.md",
                format!("---\n{matter}lang: de\n---\nWort.\n").as_bytes(),
            );
            assert_eq!(document.author.as_deref(), Some(author));
        }
    }
}
