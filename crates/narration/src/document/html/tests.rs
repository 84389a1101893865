use crate::document::tests::{assert_sound, read};

#[test]
fn the_article_is_read_and_not_what_stands_around_it() {
    let words = "The keeper climbed the stairs and looked for the light, which nobody had seen that night. ";
    let page = format!(
        "<!DOCTYPE html><html lang=en><head><title>The Keeper</title><style>p {{}}</style><script>var a = '<p>no</p>';</script></head><body>\
         <header><div class=logo>News</div><ul class=menu><li><a href=/>Home</a><li><a href=/b>Sports</a></ul></header>\
         <div class=page><h1>The Keeper</h1><div class=content><p>{words}{words}<p>{words}<sup><a href=#f1>1</a></sup>, he said.<br><br>New one.\
         <table><tr><th>Day<th>Rain<tr><td>Monday<td>none</table><ruby>漢<rt>かん</rt></ruby><ol><li id=f1>A note. <a href=#r1>↩</a></ol></div>\
         <div class=comments><p>First!</p></div></div><aside>Buy now</aside><footer>© 2024</footer></body></html>"
    );
    let document = read("page.html", page.as_bytes());
    assert!(
        document
            .text
            .starts_with("The Keeper\n\nThe keeper climbed"),
        "{}",
        document.text
    );
    assert!(
        document.text.contains("that night., he said.")
            || document.text.contains("that night, he said."),
        "{}",
        document.text
    );
    for out in [
        "Home", "Sports", "Buy now", "©", "First!", "A note", "かん", "var a",
    ] {
        assert!(!document.text.contains(out), "{out} in {}", document.text);
    }
    for inside in ["New one.", "Day, Rain\n\nMonday, none", "漢"] {
        assert!(
            document.text.contains(inside),
            "{inside} not in {}",
            document.text
        );
    }
    assert_sound(&document);
}

#[test]
fn a_section_is_no_menu_because_of_a_word_in_its_title_and_links_to_headings_are_silent() {
    let words = "The keeper climbed the stairs and looked for the light, which nobody had seen. ";
    let page = format!(
        "<html><body><div class=body><section id=one><h1>Lamps<a class=headerlink href='#one'>¶</a></h1><p>{words}{words}</p>\
         <section id=mending-related-lamps><h2>Mending<a href='#mending-related-lamps'>#</a></h2><p>{words}</p></section></section></div>\
         <div class='related-posts'><p>Buy more lamps</p></div></body></html>"
    );
    let document = read("page.html", page.as_bytes());
    assert_eq!(document.text.matches("keeper").count(), 3);
    assert!(document.text.contains("Mending\n\n"), "{}", document.text);
    for out in ["¶", "#", "Buy more"] {
        assert!(!document.text.contains(out), "{}", document.text);
    }
}

#[test]
fn a_page_of_short_lines_is_read_whole() {
    let page = "<html><body><h1>A trip</h1>With some words, <b>bold</b> ones.<h2>Costs</h2>\
                <table><tr><th>Day<th>Cost</tr><tr><td>Monday<td>Here is some really long text that goes on and on and on.</tr></table>\
                <div class=slide><p>Last, a short one.</p></div></body></html>";
    let document = read("page.html", page.as_bytes());
    assert_eq!(
        document.text,
        "A trip\n\nWith some words, bold ones.\n\nCosts\n\nDay, Cost\n\nMonday, Here is some really long text that goes on and on and on.\n\nLast, a short one."
    );
}

#[test]
fn an_address_in_angle_brackets_hides_nothing_that_follows() {
    let document = read(
        "page.html",
        b"<html><body><p>Ann wrote <http: www.example.org> this letter in May, and she sent it.</p></body></html>",
    );
    assert_eq!(
        document.text,
        "Ann wrote this letter in May, and she sent it."
    );
}

#[test]
fn signs_of_notes_are_silent_wherever_their_brackets_stand() {
    for (shape, sound) in [
        ("It rained [<a href='#n1'>1</a>]. Much.", "It rained. Much."),
        ("It rained.[<a href='#n1'>1</a>] Much.", "It rained. Much."),
        ("It rained (<a href='#n1'>1</a>), much.", "It rained, much."),
        (
            "It rained.<sup>[<a href='#n1'>1</a>]</sup> Much.",
            "It rained. Much.",
        ),
        (
            "It rained.<sup>(<span><a href='#n1'>1</a></span>)</sup> Much.",
            "It rained. Much.",
        ),
        (
            "It rained.[<sup><a href='#n1'>1</a></sup>] Much.",
            "It rained. Much.",
        ),
        (
            "It rained [<a href='#n1'>1</a>, <a href='#n2'>2</a>] much.",
            "It rained much.",
        ),
        ("It rained.<sup>1</sup> Much.", "It rained. Much."),
        ("The rain<sup>1</sup> fell.", "The rain fell."),
        (
            "It has 12 m<sup>2</sup>, 5 metres<sup>2</sup> (<a href='#far'>3</a>).",
            "It has 12 m2, 5 metres2 (3).",
        ),
    ] {
        let page = format!(
            "<html><body><h1>Lamps</h1><p>{shape}</p><p id=far>The keeper climbed.</p>\
             <p>[<a id=n1 href='#r1'>1</a>] First note.</p><p id=n2>2. Second note.</p></body></html>"
        );
        let document = read("page.html", page.as_bytes());
        let first = document.text.split("\n\n").nth(1);
        assert_eq!(first, Some(sound), "{shape}");
        if shape.contains("n1") {
            assert!(!document.text.contains("First note"), "{shape}");
        }
        assert_sound(&document);
    }
}

#[test]
fn comments_longer_than_the_article_are_not_the_article_and_a_lead_is() {
    let words = "The keeper climbed the stairs and looked for the light, which nobody had seen that night. ";
    let page = format!(
        "<html><head><style>.gone {{ display: none }}</style></head><body><h1>The Keeper</h1><div class=standfirst><p>A lamp, a boat and a night that nobody forgets.</p></div>\
         <div class=content><p>{words}</p><p>{words}</p><section class=has-sidebar><p>{words}</p></section><p class=gone>Secret</p></div>\
         <div id=comments><p>First! {}</p></div></body></html>",
        words.repeat(20)
    );
    let document = read("page.html", page.as_bytes());
    assert!(
        document
            .text
            .starts_with("The Keeper\n\nA lamp, a boat and a night"),
        "{}",
        document.text
    );
    assert_eq!(document.text.matches("climbed").count(), 3);
    for out in ["First!", "Secret"] {
        assert!(!document.text.contains(out), "{}", document.text);
    }
    assert_sound(&document);
}

#[test]
fn lines_broken_by_hand_go_on_and_verse_does_not() {
    let page = "<html><body><h1><span>1</span><span>The Start</span></h1><p>A text that was<br>wrapped by hand<br>Until its end.</p><p>Roses are red,<br>violets are blue.</p></body></html>";
    assert_eq!(
        read("page.html", page.as_bytes()).text,
        "1 The Start\n\nA text that was wrapped by hand\nUntil its end.\n\nRoses are red,\nviolets are blue."
    );
}
