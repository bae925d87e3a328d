//! "Did you mean …?"

/// A part of a word of fewer letters says nothing.
const SHORTEST_PART: usize = 5;

/// A hint with the known name nearest to a misspelt one, else one that holds it or stands in it (`username` for
/// `preferred_username`); `None` where there is neither.
pub fn suggest<S: AsRef<str>>(name: &str, known: &[S]) -> Option<String> {
    let limit = (name.chars().count() / 3).clamp(1, 4);
    let known = || known.iter().map(|candidate| (distance(name, candidate.as_ref()), candidate.as_ref()));
    let near = known().filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance);
    let found = near.or_else(|| {
        let akin = known().filter(|(_, candidate)| holds(name, candidate) || holds(candidate, name));
        akin.min_by_key(|(distance, _)| *distance)
    });
    found.map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Whether a word begins or ends with another.
fn holds(word: &str, part: &str) -> bool {
    let (word, part) = (word.to_lowercase(), part.to_lowercase());
    part.chars().count() >= SHORTEST_PART && (word.starts_with(&part) || word.ends_with(&part))
}

/// The number of letters to insert, drop, replace or swap with their neighbour that turn one word into the other.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut rows = vec![(0..=right.len()).collect::<Vec<_>>()];
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut cost = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                cost = cost.min(rows[i - 1][j - 1] + 1);
            }
            row.push(cost);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_nothing_far_off() {
        let known = ["account.sign_up", "account.show", "session.refresh"];
        assert_eq!(suggest("account.sign_pu", &known).as_deref(), Some("did you mean `account.sign_up`?"));
        assert_eq!(suggest("account.signup", &known).as_deref(), Some("did you mean `account.sign_up`?"));
        assert_eq!(suggest("wallet.pay", &known), None);
        let words = ["lower", "upper", "preferred_username", "id"];
        assert_eq!(suggest("lowercase", &words).as_deref(), Some("did you mean `lower`?"));
        assert_eq!(suggest("username", &words).as_deref(), Some("did you mean `preferred_username`?"));
        assert_eq!(suggest("paid", &words), None);
    }
}
