//! The stories: one file for each part of the finding model.

use super::story::tell;

const FILES: [(&str, &str); 12] = [
    ("grace", include_str!("stories/grace.txt")),
    ("memory", include_str!("stories/memory.txt")),
    ("unknown", include_str!("stories/unknown.txt")),
    ("exemptions", include_str!("stories/exemptions.txt")),
    ("modes", include_str!("stories/modes.txt")),
    ("silence", include_str!("stories/silence.txt")),
    ("verdict", include_str!("stories/verdict.txt")),
    ("edits", include_str!("stories/edits.txt")),
    ("second_source", include_str!("stories/second_source.txt")),
    ("escalation", include_str!("stories/escalation.txt")),
    ("replacement", include_str!("stories/replacement.txt")),
    ("kinds", include_str!("stories/kinds.txt")),
];

macro_rules! told {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let (_, file) = FILES.iter().find(|(name, _)| *name == stringify!($name)).expect("a file");
            assert!(tell(file) > 5);
        })*
    };
}

told! { grace memory unknown exemptions modes silence verdict edits kinds second_source replacement escalation }

#[test]
fn there_are_at_least_a_hundred() {
    let count = |file: &str| file.lines().filter(|line| line.starts_with("== ")).count();
    let stories: usize = FILES.iter().map(|(_, file)| count(file)).sum();
    assert!(stories >= 100, "{stories}");
}
