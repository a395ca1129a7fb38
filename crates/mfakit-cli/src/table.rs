//! Lists, written page by page: a table for people, a line of JSON each for programs.

use serde_json::Value;

use crate::{console::Console, exit::Failure, text};

/// A table that is being written.
pub(crate) struct Table<const N: usize> {
    widths: [usize; N],
    rows: Vec<[String; N]>,
    heading: Option<[&'static str; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty table under this heading.
    pub(crate) fn new(heading: [&'static str; N]) -> Self {
        Self {
            widths: heading.map(width),
            rows: Vec::new(),
            heading: Some(heading),
        }
    }

    /// Adds a row, of which `cells` is for people and `value` for programs.
    pub(crate) fn row(
        &mut self,
        console: &mut Console<'_>,
        cells: [String; N],
        value: impl FnOnce() -> Value,
    ) -> Result<(), Failure> {
        if console.json() {
            return console.object(&value());
        }
        self.rows.push(cells.map(|cell| text::shown(&cell)));
        if self.rows.len() >= PAGE {
            self.page(console)?;
        }
        Ok(())
    }

    /// Writes what is left, and says `none` where there was no row.
    pub(crate) fn end(mut self, console: &mut Console<'_>, none: &str) -> Result<(), Failure> {
        if console.json() {
            return Ok(());
        }
        if self.rows.is_empty() && self.heading.is_some() {
            return console.line(none);
        }
        self.page(console)
    }

    /// Writes the rows so far. A column grows with its longest cell yet, so that pages agree where they can.
    pub(crate) fn page(&mut self, console: &mut Console<'_>) -> Result<(), Failure> {
        if self.rows.is_empty() {
            return Ok(());
        }
        for row in &self.rows {
            for (widest, cell) in self.widths.iter_mut().zip(row) {
                *widest = width(cell).max(*widest);
            }
        }
        if let Some(heading) = self.heading.take() {
            let line = self.laid_out(&heading.map(str::to_owned));
            console.line(&line)?;
        }
        for row in core::mem::take(&mut self.rows) {
            let line = self.laid_out(&row);
            console.line(&line)?;
        }
        Ok(())
    }

    fn laid_out(&self, cells: &[String; N]) -> String {
        let mut line = String::new();
        for (cell, widest) in cells.iter().zip(self.widths) {
            line.push_str(cell);
            let missing = widest.saturating_sub(width(cell)).saturating_add(2);
            line.extend(core::iter::repeat_n(' ', missing));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// In characters: near enough for the names that people have.
fn width(text: impl AsRef<str>) -> usize {
    text.as_ref().chars().count()
}

/// Rows that are laid out together.
const PAGE: usize = 100;
