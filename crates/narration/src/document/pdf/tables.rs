//! Lines of a page that stand in columns → rows of a table, told by where their cells begin and end.

use super::layout::{Cell, Line};

/// More lines than this are not looked at together.
const MOST_LINES: usize = 400;
/// Lines of one cell may come between the rows of a table, but no more than this in a row.
const MOST_SINGLE: usize = 2;

/// The lines with those of each table put together to rows.
pub(super) fn rows(lines: Vec<Line>) -> Vec<Line> {
    let mut told = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        let is_start = lines[at].cells.len() > 1 || lines[at].ruled.is_some();
        let table = is_start
            .then(|| run(&lines[at..]))
            .and_then(|run| table(&lines[at..at + run]));
        match table {
            Some((rows, used)) => {
                told.extend(rows);
                at += used;
            }
            None => {
                told.push(lines[at].clone());
                at += 1;
            }
        }
    }
    told
}

/// How many lines from the first on may be one table.
fn run(lines: &[Line]) -> usize {
    let (mut last, mut single) = (0, 0);
    for (index, pair) in lines.windows(2).take(MOST_LINES).enumerate() {
        let step = pair[1].y - pair[0].y;
        let size = pair[0].size.max(pair[1].size);
        let is_alike = (pair[0].size - pair[1].size).abs() < size * 0.15;
        let is_ruled = pair[0].ruled.is_some()
            && pair[0].ruled.map(|ruled| ruled.table) == pair[1].ruled.map(|ruled| ruled.table);
        if step <= 0.0 || !is_ruled && (!is_alike || step > size * 4.0) {
            break;
        }
        if pair[1].cells.len() > 1 || is_ruled {
            single = 0;
        } else {
            single += 1;
            if single > MOST_SINGLE {
                break;
            }
        }
        last = index + 1;
    }
    last + 1
}

/// The rows of a table and how many lines they are made of; `None` where the lines are no table.
fn table(lines: &[Line]) -> Option<(Vec<Line>, usize)> {
    let is_ruled = lines[0].ruled.is_some();
    let size = lines[0].size;
    let columns = columns(lines)?;
    let placed: Vec<Option<Vec<usize>>> = lines.iter().map(|line| place(line, &columns)).collect();
    let many = lines.iter().filter(|line| line.cells.len() > 1).count();
    let fits: Vec<(&Line, &Vec<usize>)> = lines
        .iter()
        .zip(&placed)
        .filter(|(line, _)| line.cells.len() > 1)
        .filter_map(|(line, places)| Some((line, places.as_ref()?)))
        .collect();
    if fits.len() * 10 < many * 8
        || !is_ruled
            && (fits.len() < 3 || !(0..columns.len()).all(|column| is_aligned(&fits, column, size)))
    {
        return None;
    }
    // What follows the last row and begins in the first column is the text below.
    let mut used = lines.len();
    while !is_ruled && used > 0 && !is_row(&lines[used - 1]) {
        let goes_on = placed[used - 1]
            .as_ref()
            .is_some_and(|places| !places.contains(&0))
            && used > 1
            && lines[used - 1].y - lines[used - 2].y < size * 1.5;
        if goes_on {
            break;
        }
        used -= 1;
    }
    let (lines, placed) = (&lines[..used], &placed[..used]);
    let starts = if is_ruled {
        let band = |line: &Line| line.ruled.map(|ruled| ruled.band);
        starts(lines, |index| {
            band(&lines[index]) != band(&lines[index - 1])
        })
    } else {
        starts_by_distance(lines, placed, columns.len()).unwrap_or_else(|| {
            starts(lines, |index| {
                placed[index]
                    .as_ref()
                    .is_none_or(|places| places.contains(&0))
            })
        })
    };
    let ends = starts.iter().skip(1).copied().chain([used]);
    let rows = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| merged(&lines[*start..end], &placed[*start..end], columns.len()))
        .collect();
    Some((rows, used))
}

fn is_row(line: &Line) -> bool {
    line.cells.len() > 1
}

fn starts(lines: &[Line], begins: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..lines.len())
        .filter(|index| *index == 0 || begins(*index))
        .collect()
}

/// Rows of several lines, where wider gaps stand between them: at least three, of which the longer ones end with fewer
/// cells than they begin with.
fn starts_by_distance(
    lines: &[Line],
    placed: &[Option<Vec<usize>>],
    columns: usize,
) -> Option<Vec<usize>> {
    let step = |index: usize| lines[index].y - lines[index - 1].y;
    let least = (1..lines.len()).map(step).min_by(f64::total_cmp)?;
    let found = starts(lines, |index| step(index) > least * 1.2);
    let ends = found.iter().skip(1).copied().chain([lines.len()]);
    let is_sound = found.iter().zip(ends).all(|(start, end)| {
        let has_first = placed[*start]
            .as_ref()
            .is_some_and(|places| places.contains(&0));
        let is_open = placed[end - 1]
            .as_ref()
            .is_some_and(|places| places.len() < columns);
        end - start == 1 || has_first && is_open
    });
    (found.len() >= 3 && found.len() < lines.len() && is_sound).then_some(found)
}

/// Where the columns begin and end, by the lines with most cells; `None` if there are not two with a gap between them.
fn columns(lines: &[Line]) -> Option<Vec<(f64, f64)>> {
    let most = lines.iter().map(|line| line.cells.len()).max()?;
    let mut cells: Vec<(f64, f64)> = lines
        .iter()
        .filter(|line| line.cells.len() == most)
        .flat_map(|line| &line.cells)
        .map(|cell| (cell.left, cell.right))
        .collect();
    cells.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut columns: Vec<(f64, f64)> = Vec::new();
    for (left, right) in cells {
        match columns.last_mut() {
            Some(last) if left < last.1 => last.1 = last.1.max(right),
            _ => columns.push((left, right)),
        }
    }
    (columns.len() > 1).then_some(columns)
}

/// The columns of a line's cells; `None` if one lies in several, or two in one.
fn place(line: &Line, columns: &[(f64, f64)]) -> Option<Vec<usize>> {
    let own = [Cell {
        left: line.left,
        right: line.right,
        text: String::new(),
    }];
    let cells = if line.cells.is_empty() {
        &own[..]
    } else {
        &line.cells[..]
    };
    let mut places = Vec::with_capacity(cells.len());
    for cell in cells {
        let mut inside = columns
            .iter()
            .enumerate()
            .filter(|(_, (left, right))| cell.left < *right && cell.right > *left);
        let (column, _) = inside.next()?;
        if inside.next().is_some() || places.last().is_some_and(|last| *last >= column) {
            return None;
        }
        places.push(column);
    }
    Some(places)
}

/// Whether the cells of a column begin, end or are centred on one line.
fn is_aligned(rows: &[(&Line, &Vec<usize>)], column: usize, size: f64) -> bool {
    let cells: Vec<&Cell> = rows
        .iter()
        .filter_map(|(line, places)| {
            let at = places.iter().position(|place| *place == column)?;
            line.cells.get(at)
        })
        .collect();
    let edges: [fn(&Cell) -> f64; 3] = [
        |cell| cell.left,
        |cell| cell.right,
        |cell| f64::midpoint(cell.left, cell.right),
    ];
    cells.len() > 1
        && edges.iter().any(|edge| {
            let mut places: Vec<f64> = cells.iter().map(|cell| edge(cell)).collect();
            places.sort_by(f64::total_cmp);
            let middle = places[places.len() / 2];
            let near = places
                .iter()
                .filter(|place| (**place - middle).abs() < size * 0.5);
            near.count() * 10 >= places.len() * 7
        })
}

/// One row: what stands in a column is one cell, whatever line it is in.
fn merged(lines: &[Line], placed: &[Option<Vec<usize>>], columns: usize) -> Line {
    let mut row = lines[0].clone();
    let mut cells = vec![String::new(); columns];
    let mut add = |column: usize, words: &str| {
        if !cells[column].is_empty() {
            cells[column].push(' ');
        }
        cells[column].push_str(words);
    };
    for (line, places) in lines.iter().zip(placed) {
        match places {
            Some(places) if line.cells.len() == places.len() => {
                for (cell, column) in line.cells.iter().zip(places) {
                    add(*column, &cell.text);
                }
            }
            Some(places) => add(places.first().copied().unwrap_or(0), &line.text),
            None => add(0, &line.text),
        }
    }
    row.marks.extend(
        lines[1..]
            .iter()
            .flat_map(|line| line.marks.iter().cloned()),
    );
    let is_rtl = |c: char| matches!(c, '\u{590}'..='\u{8ff}');
    let letters = || cells.iter().flat_map(|cell| cell.chars());
    if letters().filter(|c| is_rtl(*c)).count() * 2
        > letters().filter(|c| c.is_alphabetic()).count()
    {
        cells.reverse();
    }
    cells.retain(|cell| !cell.is_empty());
    row.text = cells.join(", ");
    row.cells.clear();
    row.is_row = true;
    row
}
