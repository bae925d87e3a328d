//! Figures: what the product did, what the machine can do, and what `design/performance.md` asks for.

/// In what a figure is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Answers a second.
    PerSecond,
    /// Milliseconds.
    Milliseconds,
    /// MiB.
    Mebibytes,
}

/// What is asked of a figure.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// At least that much of the limit.
    Reach {
        /// What must be.
        target: f64,
        /// What would be fine.
        dream: f64,
    },
    /// At most that many times the limit.
    Stay {
        /// What must be.
        target: f64,
        /// What would be fine.
        dream: f64,
    },
    /// At most that much, whatever the machine.
    Within {
        /// What must be.
        target: f64,
        /// What would be fine.
        dream: f64,
    },
    /// Nothing: it helps to understand the others.
    Tell,
}

/// How a figure stands to its goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Better than the dream.
    Dream,
    /// Better than the target.
    Met,
    /// Worse than the target.
    Missed,
    /// There is no goal.
    None,
}

/// One measurement: the product, and its limit at about the same time.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What the product did.
    pub product: f64,
    /// What the limit did; of no meaning where there is none.
    pub limit: f64,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is measured.
    pub name: String,
    /// Of what it is told.
    pub unit: Unit,
    /// What stands beside it.
    pub limit: Option<&'static str>,
    /// What is asked.
    pub goal: Goal,
    /// What was measured, one for each round.
    pub samples: Vec<Sample>,
}

impl Figure {
    /// A figure beside its limit.
    pub fn beside(name: &str, unit: Unit, limit: &'static str, goal: Goal, samples: Vec<Sample>) -> Self {
        Self { name: name.to_owned(), unit, limit: Some(limit), goal, samples }
    }

    /// A figure that stands for itself.
    pub fn alone(name: &str, unit: Unit, goal: Goal, value: f64) -> Self {
        let samples = vec![Sample { product: value, limit: f64::NAN }];
        Self { name: name.to_owned(), unit, limit: None, goal, samples }
    }

    /// The median of what the product did.
    pub fn product(&self) -> f64 {
        median(&self.samples.iter().map(|sample| sample.product).collect::<Vec<_>>())
    }

    /// The median of what the limit did.
    pub fn limit_value(&self) -> f64 {
        median(&self.samples.iter().map(|sample| sample.limit).collect::<Vec<_>>())
    }

    /// The ratios of the rounds, the smallest first.
    pub fn ratios(&self) -> Vec<f64> {
        let mut ratios: Vec<f64> = self.samples.iter().map(|sample| sample.product / sample.limit).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// How it stands to its goal.
    pub fn standing(&self) -> Standing {
        let ratio = median(&self.ratios());
        let judged = |dream: bool, met: bool| match (dream, met) {
            (true, _) => Standing::Dream,
            (false, true) => Standing::Met,
            (false, false) => Standing::Missed,
        };
        match self.goal {
            Goal::Reach { target, dream } => judged(ratio >= dream, ratio >= target),
            Goal::Stay { target, dream } => judged(ratio <= dream, ratio <= target),
            Goal::Within { target, dream } => judged(self.product() <= dream, self.product() <= target),
            Goal::Tell => Standing::None,
        }
    }
}

/// The middle value; of an even number the mean of the two in the middle; NaN of none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (None, _) => f64::NAN,
        (Some(value), 1) => *value,
        (Some(value), _) => f64::midpoint(*value, sorted[middle - 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_ratio_is_judged_round_by_round() {
        let goal = Goal::Reach { target: 0.75, dream: 0.9 };
        let samples = [(80.0, 100.0), (40.0, 50.0), (10.0, 100.0)];
        let samples = samples.map(|(product, limit)| Sample { product, limit }).to_vec();
        let figure = Figure::beside("reads", Unit::PerSecond, "by hand", goal, samples);
        assert_eq!(figure.ratios(), [0.1, 0.8, 0.8]);
        assert_eq!(figure.standing(), Standing::Met);
        let slow =
            Figure::alone("start", Unit::Milliseconds, Goal::Within { target: 100.0, dream: 25.0 }, 101.0);
        assert_eq!(slow.standing(), Standing::Missed);
    }
}
