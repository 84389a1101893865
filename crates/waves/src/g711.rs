//! G.711, the telephone's two laws: one byte a sample (ITU-T G.711, 11/88).

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    Mu,
    A,
}

impl Law {
    /// The sample that a byte stands for, on the scale of 16 bits: µ-law has 14 of them, A-law 13.
    pub(crate) fn sample(self, byte: u8) -> i16 {
        match self {
            Law::Mu => {
                // Sent with all bits inverted: sign, three bits of segment, four of step.
                let code = !byte;
                let segment = code >> 4 & 7;
                let magnitude = (i16::from(code & 15) << 3 | 0x84) << segment;
                match code & 0x80 {
                    0 => magnitude - 0x84,
                    _ => 0x84 - magnitude,
                }
            }
            Law::A => {
                // Sent with every second bit inverted.
                let code = byte ^ 0x55;
                let step = i16::from(code & 15) << 4 | 8;
                let magnitude = match code >> 4 & 7 {
                    0 => step,
                    segment => (step | 0x100) << (segment - 1),
                };
                match code & 0x80 {
                    0 => -magnitude,
                    _ => magnitude,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All magnitudes of one sign, from the quietest code to the loudest.
    fn magnitudes(law: Law) -> Vec<i16> {
        let code = |n: u8| match law {
            Law::Mu => !n,
            Law::A => (n | 0x80) ^ 0x55,
        };
        (0..128).map(|n| law.sample(code(n))).collect()
    }

    #[test]
    fn the_ends_of_both_scales_are_those_of_the_standard() {
        // Table 2: 8031 of 8159 on 14 bits. Table 1: 4032 of 4096 on 13 bits.
        assert_eq!(Law::Mu.sample(0x80), 8_031 * 4);
        assert_eq!(Law::Mu.sample(0x00), -8_031 * 4);
        assert_eq!((Law::Mu.sample(0xff), Law::Mu.sample(0x7f)), (0, 0));
        assert_eq!(Law::A.sample(0xaa), 4_032 * 8);
        assert_eq!(Law::A.sample(0x2a), -4_032 * 8);
        assert_eq!((Law::A.sample(0xd5), Law::A.sample(0x55)), (8, -8));
    }

    #[test]
    fn all_256_codes_are_symmetrical_and_rise() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=255u8 {
                assert_eq!(
                    law.sample(byte),
                    -law.sample(byte ^ 0x80),
                    "{law:?} {byte:#x}"
                );
            }
            assert!(
                magnitudes(law).is_sorted_by(|low, high| low < high),
                "{law:?}"
            );
        }
    }

    #[test]
    fn steps_double_from_segment_to_segment() {
        for law in [Law::Mu, Law::A] {
            let magnitudes = magnitudes(law);
            for (segment, codes) in magnitudes.chunks(16).enumerate() {
                let step = match law {
                    Law::Mu => 8 << segment,
                    // The first two segments of A-law are one straight line.
                    Law::A => 16 << segment.saturating_sub(1),
                };
                let even = codes.windows(2).all(|pair| pair[1] - pair[0] == step);
                assert!(even, "{law:?}, segment {segment}");
            }
        }
    }
}
