//! A sheet of US Letter to draw on, and the PDF that it becomes (PDF 32000-1).
//!
//! Places are in points from the upper left corner. Words are set in Helvetica, which every program that shows a PDF has,
//! codes are drawn as rectangles: nothing is embedded, and all is sharp at any size.

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, Stream, dictionary, text_string};

use super::codes::Modules;
use super::face::{Face, encoded};

const WIDTH: f32 = 612.0;
const HEIGHT: f32 = 792.0;

/// A rectangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

#[derive(Debug, Default)]
pub(super) struct Sheet {
    operations: Vec<Operation>,
}

impl Sheet {
    /// Words whose first letter stands at `at`, on its baseline.
    pub fn text(&mut self, face: Face, size: f32, (left, baseline): (f32, f32), words: &str) {
        self.draw("BT", vec![]);
        self.draw("Tf", vec![Object::Name(face.resource().into()), point(size)]);
        self.draw("Td", vec![point(left), point(HEIGHT - baseline)]);
        self.draw("Tj", vec![Object::string_literal(encoded(words))]);
        self.draw("ET", vec![]);
    }

    /// Words whose last letter ends at `at`.
    pub fn text_to_left_of(&mut self, face: Face, size: f32, (right, baseline): (f32, f32), words: &str) {
        self.text(face, size, (right - size * face.width(words), baseline), words);
    }

    /// A line across.
    pub fn rule(&mut self, left: f32, right: f32, top: f32) {
        self.draw("m", vec![point(left), point(HEIGHT - top)]);
        self.draw("l", vec![point(right), point(HEIGHT - top)]);
        self.draw("S", vec![]);
    }

    /// Where to cut.
    pub fn dashed(&mut self, area: Area) {
        self.draw("q", vec![]);
        self.draw("d", vec![Object::Array(vec![4.into(), 3.into()]), 0.into()]);
        let Area { left, top, width, height } = area;
        self.draw("re", vec![point(left), point(HEIGHT - top - height), point(width), point(height)]);
        self.draw("S", vec![]);
        self.draw("Q", vec![]);
    }

    /// A code that fills the area, in one go: two modules that touch leave no seam.
    pub fn modules(&mut self, code: &Modules, area: Area) {
        let (wide, high) = (area.width / code.width() as f32, area.height / code.height() as f32);
        self.draw("q", vec![]);
        let corner = [point(area.left), point(HEIGHT - area.top)];
        self.draw("cm", [scale(wide), 0.into(), 0.into(), scale(-high)].into_iter().chain(corner).collect());
        for run in code.dark_runs() {
            let corners = [run.start, run.row, run.length, 1];
            self.draw("re", corners.into_iter().map(|modules| Object::Integer(modules as i64)).collect());
        }
        self.draw("f", vec![]);
        self.draw("Q", vec![]);
    }

    fn draw(&mut self, operator: &str, operands: Vec<Object>) {
        self.operations.push(Operation::new(operator, operands));
    }

    /// The document, without a date or an id: it is known by what it shows.
    pub fn pdf(self, title: &str) -> Result<Vec<u8>, lopdf::Error> {
        let mut document = Document::with_version("1.7");
        let mut content = Stream::new(dictionary! {}, Content { operations: self.operations }.encode()?);
        content.compress()?;
        let content = document.add_object(content);
        let pages = document.new_object_id();
        let page = document.add_object(dictionary! {
            "Type" => "Page",
            "Parent" => pages,
            "MediaBox" => vec![0.into(), 0.into(), point(WIDTH), point(HEIGHT)],
            "Resources" => dictionary! { "Font" => fonts() },
            "Contents" => content,
        });
        document.set_object(pages, dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 });
        let catalog = dictionary! { "Type" => "Catalog", "Pages" => pages, "Lang" => text_string("en-US") };
        let catalog = document.add_object(catalog);
        let info = document.add_object(dictionary! { "Title" => text_string(title) });
        document.trailer.set("Root", catalog);
        document.trailer.set("Info", info);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes)?;
        Ok(bytes)
    }
}

fn fonts() -> lopdf::Dictionary {
    let mut fonts = lopdf::Dictionary::new();
    for face in [Face::Regular, Face::Bold] {
        fonts.set(
            face.resource(),
            dictionary! {
                "Type" => "Font",
                "Subtype" => "Type1",
                "BaseFont" => face.name(),
                "Encoding" => "WinAnsiEncoding",
            },
        );
    }
    fonts
}

/// A length in points, to a hundredth.
fn point(length: f32) -> Object {
    Object::Real((length * 100.0).round() / 100.0)
}

/// The size of a module: it counts many times over, so it is not rounded.
fn scale(module: f32) -> Object {
    Object::Real(module)
}
