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
