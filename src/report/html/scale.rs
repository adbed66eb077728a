//! Places numbers on a line, in percent of its length.

/// The share of the line that stays empty at either end.
const MARGIN: f64 = 8.0;

/// A line that some numbers span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    margin: f64,
}

impl Axis {
    /// Creates the line that the numbers span, with some room at either end; none where there is no finite number.
    pub(super) fn around(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let numbers: Vec<f64> = numbers.into_iter().filter(|number| number.is_finite()).collect();
        let (low, high) = (numbers.iter().copied().reduce(f64::min)?, numbers.iter().copied().reduce(f64::max)?);
        Some(Self { low, high, margin: MARGIN })
    }

    /// Creates the line from 0 to the numbers, for bars that begin at 0.
    pub(super) fn from_zero(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let axis = Self::around(numbers)?;
        Some(Self { low: axis.low.min(0.0), high: axis.high.max(0.0), margin: 0.0 })
    }

    /// Returns where a number is on the line, from 0 to 100, to a tenth.
    pub(super) fn position(self, number: f64) -> f64 {
        // Halves, because the difference of two huge numbers is infinite.
        let span = self.high / 2.0 - self.low / 2.0;
        let share = if span > 0.0 { (number / 2.0 - self.low / 2.0) / span } else { 0.5 };
        let position = self.margin + share.clamp(0.0, 1.0) * (100.0 - 2.0 * self.margin);
        (position * 10.0).round() / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_distances() {
        let axis = Axis::around([0.2, 0.4, f64::NAN]).unwrap();
        assert_eq!([0.2, 0.3, 0.4].map(|number| axis.position(number)), [8.0, 50.0, 92.0]);
        let bars = Axis::from_zero([2.0, 4.0]).unwrap();
        assert_eq!([0.0, 1.0, 4.0].map(|number| bars.position(number)), [0.0, 25.0, 100.0]);
    }

    #[test]
    fn odd_numbers_stay_on_the_line() {
        assert_eq!(Axis::around([f64::NAN, f64::INFINITY]), None);
        assert_eq!(Axis::around([3.0]).unwrap().position(3.0), 50.0);
        let huge = Axis::around([-f64::MAX, f64::MAX]).unwrap();
        assert_eq!([-f64::MAX, 0.0, f64::MAX].map(|number| huge.position(number)), [8.0, 50.0, 92.0]);
    }
}
