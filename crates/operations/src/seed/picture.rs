//! Pictures of people and papers that do not exist, drawn from a number: so that screens which show pictures have some.

/// Pixels across and down. Small enough that a thousand are no burden, large enough to be looked at.
const WIDTH: usize = 360;
const HEIGHT: usize = 450;

type Color = [u8; 3];

/// What is on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motif {
    /// Somebody's head and shoulders.
    Person,
    /// A card with a face and lines of writing.
    Paper,
}

const GROUNDS: [Color; 6] =
    [[191, 214, 235], [214, 226, 202], [240, 218, 196], [224, 208, 232], [205, 225, 224], [236, 210, 210]];
const SKINS: [Color; 4] = [[244, 208, 177], [232, 190, 156], [214, 164, 126], [150, 105, 78]];
const HAIRS: [Color; 4] = [[35, 28, 26], [70, 48, 36], [110, 76, 48], [160, 160, 158]];
const CLOTHES: [Color; 5] = [[52, 73, 120], [120, 60, 70], [60, 100, 80], [80, 80, 88], [180, 130, 60]];
const PAPER: Color = [247, 246, 241];
const WRITING: Color = [150, 152, 158];
const EYES: Color = [40, 36, 36];

/// A picture as a PNG file (RFC 2083): the same for the same number.
pub fn png(motif: Motif, number: u64) -> Vec<u8> {
    let pick = |from: &[Color], salt: u64| {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(u32::try_from(salt).unwrap_or(0));
        let place = usize::try_from(mixed % (from.len() as u64)).unwrap_or(0);
        from.get(place).copied().unwrap_or(PAPER)
    };
    // Index 0 is the ground.
    let palette = [
        pick(&GROUNDS, 7),
        pick(&SKINS, 13),
        pick(&HAIRS, 23),
        pick(&CLOTHES, 31),
        EYES,
        PAPER,
        WRITING,
        [255; 3],
    ];
    let mut rows = Vec::with_capacity(HEIGHT * (WIDTH / 2 + 1));
    for y in 0..HEIGHT {
        // Every row begins with its filter: none.
        rows.push(0);
        for pair in 0..WIDTH / 2 {
            let color = |x: usize| match motif {
                Motif::Person => person(x, y, (WIDTH / 2, 190), 95),
                Motif::Paper => paper(x, y),
            };
            rows.push(color(pair * 2) << 4 | color(pair * 2 + 1));
        }
    }
    encode(&palette, &rows)
}

/// The index of the colour at a place of a portrait whose face has this middle and radius.
fn person(x: usize, y: usize, (middle_x, middle_y): (usize, usize), radius: usize) -> u8 {
    let (across, down) = (x.abs_diff(middle_x), y.abs_diff(middle_y));
    let eye = (x.abs_diff(middle_x - radius * 2 / 5)).min(x.abs_diff(middle_x + radius * 2 / 5));
    if square(eye) + square(y.abs_diff(middle_y - radius / 8)) < square(radius / 11) {
        return 4;
    }
    if across < radius / 3 && y.abs_diff(middle_y + radius / 2) < radius / 20 {
        return 4;
    }
    let face = square(across) * 5 + square(down) * 4 < square(radius) * 4;
    if face && y + radius / 2 > middle_y {
        return 1;
    }
    if square(across) + square(down + radius / 6) < square(radius + radius / 8) && y < middle_y + radius / 2 {
        return 2;
    }
    if across < radius / 3 && y > middle_y && y < middle_y + radius + radius / 3 {
        return 1;
    }
    if y > middle_y + radius
        && square(across) * 2 < square(radius * 2)
        && y > middle_y + radius + across * across / (radius * 2)
    {
        return 3;
    }
    0
}

/// The index of the colour at a place of a card.
fn paper(x: usize, y: usize) -> u8 {
    let inside = x > 20 && x < WIDTH - 20 && y > 90 && y < HEIGHT - 90;
    if !inside {
        return 0;
    }
    if x > 45 && x < 165 && y > 120 && y < 270 {
        return match person(x, y, (105, 185), 38) {
            0 => 7,
            color => color,
        };
    }
    let line = y % 26 < 8 && y > 120 && y < HEIGHT - 120;
    if line && x > 185 && x < WIDTH - 40 - (y / 26 * 17) % 60 && y < 270 {
        return 6;
    }
    if line && x > 45 && x < WIDTH - 60 - (y / 26 * 29) % 90 && y > 285 {
        return 6;
    }
    5
}

const fn square(number: usize) -> usize {
    number * number
}

fn encode(palette: &[Color], rows: &[u8]) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(u32::try_from(WIDTH).unwrap_or(0).to_be_bytes());
    header.extend(u32::try_from(HEIGHT).unwrap_or(0).to_be_bytes());
    // Four bits a pixel, indexed, and the only methods of compression, filter and interlace there are.
    header.extend([4, 3, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"PLTE", palette.as_flattened());
    chunk(&mut png, *b"IDAT", &zlib(rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let from = png.len();
    png.extend(name);
    png.extend(data);
    let sum = crc(&png[from..]);
    png.extend(sum.to_be_bytes());
}

/// RFC 2083 section 15.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
        sum
    })
}

/// RFC 1950, with blocks that are stored as they are (RFC 1951 section 3.2.4).
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    packed.extend((high << 16 | low).to_be_bytes());
    packed
}

#[cfg(test)]
mod tests {
    use daemun_model::MediaType;

    use super::*;

    #[test]
    fn a_picture_is_a_png_and_always_the_same() {
        let first = png(Motif::Person, 1);
        assert_eq!(MediaType::of_content(&first), Some(MediaType::Png));
        assert_eq!(first, png(Motif::Person, 1));
        assert_ne!(first, png(Motif::Person, 2));
        assert!(first.len() < 100_000, "{}", first.len());
    }

    #[test]
    fn its_sums_are_those_of_the_standards() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(zlib(b"Wikipedia")[zlib(b"Wikipedia").len() - 4..], 0x11e6_0398_u32.to_be_bytes());
    }
}
