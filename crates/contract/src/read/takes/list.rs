//! Lists that are put together from several places.

use super::{Taking, Wanted};
use crate::ast::{InputKind, NullPart, Part, Source, WirePath};
use crate::fault::{listed, nearest};
use crate::read::Reader;
use crate::read::section::Section;
use crate::read::words;
use crate::schema::{Schema, describe};
use crate::yaml::{Position, Tree};

use super::place::{ROOTS, Reading};

/// The most elements that a contract can allow.
const MOST_ELEMENTS: i64 = 1000;

impl<'y> Reader<'y> {
    /// `[{ from: body.avatar, kind: … }, { each: body.files, … }]`, or one `{ each: … }`.
    pub(super) fn parts(
        &mut self,
        at: Position,
        items: &'y [Tree],
        wanted: &Wanted<'_>,
        taking: &mut Taking<'_>,
    ) -> Option<Source> {
        let kind = match &wanted.kind {
            InputKind::List(of) => of.as_ref().clone(),
            InputKind::Any => InputKind::Any,
            other => {
                let message = format!("`{}` takes {}, not a list", wanted.name, describe(other));
                self.report.fault(at, message);
                return None;
            }
        };
        if items.is_empty() {
            self.report.fault_with(
                at,
                format!("`{}` comes from nowhere", wanted.name),
                "an empty list is written `{ value: [] }`".to_owned(),
            );
            return None;
        }
        let mut element = Wanted::of(wanted.name.clone(), wanted.schema.as_ref().and_then(Schema::elements));
        element.kind = kind;
        let parts: Vec<Option<Part>> = items
            .iter()
            .map(|item| {
                if item.get("each").is_some() {
                    self.each(item, wanted, &element, taking)
                } else {
                    self.one(item, &element, taking)
                }
            })
            .collect();
        parts.into_iter().collect::<Option<_>>().map(Source::Parts)
    }

    /// `{ from: body.avatar, kind: { value: avatar } }`: `from` fills the one required member that nothing else fills.
    fn one(&mut self, tree: &'y Tree, element: &Wanted<'_>, taking: &mut Taking<'_>) -> Option<Part> {
        let kind = element.kind.clone();
        if let Some(scalar) = tree.text() {
            let from = self.wire(scalar, element, Reading::Typed, taking)?;
            let item = Source::Wire { from: vec![from.clone()], table: None, default: None };
            return Some(Part::One { from, null: NullPart::Skipped, item, kind });
        }
        let Some(place) = tree.get("from") else {
            let hint =
                "each part has `from:` with a place of the request, or `each:` with a list of it".to_owned();
            self.report.fault_with(
                tree.at,
                format!("this part of `{}` comes from nowhere", element.name),
                hint,
            );
            return None;
        };
        let scalar = words::text(&mut self.report, place, "from")?;
        if !matches!(kind, InputKind::Object(_)) {
            Section::open(&mut self.report, tree, "a part of a list", &["from"]);
            let from = self.wire(scalar, element, Reading::Typed, taking)?;
            let item = Source::Wire { from: vec![from.clone()], table: None, default: None };
            return Some(Part::One { from, null: NullPart::Skipped, item, kind });
        }
        let others = tree.entries().map_or(0, |entries| entries.len() - 1);
        let required = element.schema.as_ref().map(Schema::required).unwrap_or_default();
        let open: Vec<&str> = required.into_iter().filter(|name| tree.get(name).is_none()).collect();
        let [member] = open.as_slice() else {
            // Nothing beside it: the place holds the whole element.
            if others == 0 {
                let from = self.wire(scalar, element, Reading::Typed, taking)?;
                let item = Source::Wire { from: vec![from.clone()], table: None, default: None };
                return Some(Part::One { from, null: NullPart::Skipped, item, kind });
            }
            let message = if open.is_empty() {
                "nothing is left that `from` could fill".to_owned()
            } else {
                format!("`from` fills one member, and {} are open", listed(&open))
            };
            self.report.fault(tree.at, message);
            return None;
        };
        let filling = element.schema.as_ref().map(|schema| schema.below(member));
        let filling = match filling {
            Some(crate::schema::Below::Known(schema)) => Some(schema),
            _ => None,
        };
        let filling = Wanted::of(format!("{}.{member}", element.name), filling);
        let null = if filling.nullable { NullPart::Taken } else { NullPart::Skipped };
        let from = self.wire(scalar, &filling, Reading::Typed, taking)?;
        let source = Source::Wire { from: vec![from.clone()], table: None, default: None };
        let filled = vec![((*member).to_owned(), filling.kind, source)];
        let item = self.members(tree, element, taking, filled)?;
        Some(Part::One { from, null, item, kind })
    }

    /// `{ each: body.files, as: f, max: 10, default: [], item: … }`
    fn each(
        &mut self,
        tree: &'y Tree,
        wanted: &Wanted<'_>,
        element: &Wanted<'_>,
        taking: &mut Taking<'_>,
    ) -> Option<Part> {
        let allowed = ["each", "as", "item", "max", "default"];
        let section = Section::open(&mut self.report, tree, "an `each`", &allowed)?;
        let list = section.require(&mut self.report, "each", "each: body.interests")?;
        let list = words::text(&mut self.report, list, "each")?;
        let list = self.wire(list, wanted, Reading::Typed, taking)?;
        let max = section
            .get("max")
            .and_then(|tree| words::whole(&mut self.report, tree, "max", 1..=MOST_ELEMENTS));
        let default = section.get("default").map(|tree| self.fitting(tree, wanted, "the default"));
        let alias = match section.get("as") {
            Some(alias) => self.element_name(alias, taking)?,
            None if section.get("item").is_none() => String::new(),
            None => {
                let hint = "add `as: NAME`, by which `item` sees the element".to_owned();
                self.report.fault_with(tree.at, "this `each` lacks `as`", hint);
                return None;
            }
        };
        let item = self.element(section.get("item"), &alias, &list, element, taking)?;
        Some(Part::Each {
            list,
            alias: if alias.is_empty() { "item".to_owned() } else { alias },
            item,
            kind: element.kind.clone(),
            max: max.and_then(|max| usize::try_from(max).ok()),
            default: default.flatten(),
        })
    }

    fn element(
        &mut self,
        item: Option<&'y Tree>,
        alias: &str,
        list: &WirePath,
        element: &Wanted<'_>,
        taking: &mut Taking<'_>,
    ) -> Option<Source> {
        let Some(item) = item else {
            let root = if alias.is_empty() { "item" } else { alias };
            let from = vec![WirePath { root: root.to_owned(), keys: Vec::new() }];
            return Some(Source::Wire { from, table: None, default: None });
        };
        let below = taking.aliases.iter().find(|(known, _)| *known == list.root);
        let path = match below {
            Some((_, outer)) => outer.iter().chain(&list.keys).cloned().collect(),
            None => list.keys.clone(),
        };
        taking.aliases.push((alias.to_owned(), path));
        let first = taking.uses.len();
        let source = match &element.kind {
            InputKind::Object(_) if item.entries().is_some() && item.get("from").is_none() => {
                self.members(item, element, taking, Vec::new())
            }
            _ => self.source(item, element, taking),
        };
        // Another `each` may use the same name for other elements.
        taking.uses.truncate(first);
        taking.aliases.pop();
        source
    }

    fn element_name(&mut self, tree: &'y Tree, taking: &Taking<'_>) -> Option<String> {
        let scalar = words::text(&mut self.report, tree, "as")?;
        let name = scalar.text.as_str();
        if ROOTS.contains(&name) || name == "option" || taking.aliases.iter().any(|(alias, _)| alias == name)
        {
            let hint = nearest(name, &["element"], "choose another, such as");
            self.report.fault_with(scalar.at, format!("`{name}` has a meaning here already"), hint);
            return None;
        }
        words::identifier(&mut self.report, scalar, "an element").then(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ast::{ParameterKind, Take};
    use crate::fault::Report;
    use crate::read::Reader;

    fn input() -> Value {
        json!({
            "type": "object",
            "properties": {
                "interests": { "type": ["array", "null"], "items": { "type": "string" } },
                "uploads": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "kind": { "type": "string", "enum": ["avatar", "profile", "verification"] },
                            "path": { "type": "string" },
                            "order": { "type": "integer" },
                        },
                        "required": ["kind", "path"],
                    },
                },
                "identity_keys": { "type": "object", "additionalProperties": { "type": "string" } },
            },
        })
    }

    fn read(text: &str) -> Result<Vec<Take>, Vec<String>> {
        let mut report = Report::new("x");
        let tree = crate::yaml::read(text, &mut report).unwrap();
        let input = input();
        let parameters = [("id".to_owned(), ParameterKind::Int)];
        let mut reader = Reader::new(report, &[]);
        let mut taking = Taking {
            what: "account.sign_up",
            input: &input,
            parameters: &parameters,
            aliases: Vec::new(),
            uses: Vec::new(),
        };
        let takes = reader.takes_of(Some(&tree), &mut taking);
        let faults: Vec<_> = reader.report.finish().0.iter().map(ToString::to_string).collect();
        if faults.is_empty() { Ok(takes) } else { Err(faults) }
    }

    #[test]
    fn one_list_comes_from_several_places() {
        let takes = read(
            "interests: { each: body.interests, as: i, item: i, max: 5, default: [] }\n\
             uploads:\n\
             - { from: body.avatar, kind: { value: avatar } }\n\
             - { from: body.profile, kind: { value: profile } }\n\
             - { each: body.files, as: f, max: 10, default: [], item: { kind: { value: verification }, path: f.original, order: f.display_order } }\n\
             identity_keys.unique_key: body.unique_key\n",
        )
        .unwrap();
        let shown = format!("{takes:?}");
        assert_eq!(takes.len(), 3, "{shown}");
        let Source::Parts(parts) = &takes[1].source else { panic!("{shown}") };
        let Part::One { from, item: Source::Object(members), .. } = &parts[0] else { panic!("{shown}") };
        assert_eq!(from.wire_name(), "avatar");
        let names: Vec<_> = members.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["path", "kind"], "`from` fills the required member that is left");
        let Part::Each { alias, max, default, item: Source::Object(members), .. } = &parts[2] else {
            panic!("{shown}")
        };
        assert_eq!((alias.as_str(), *max, default.as_ref()), ("f", Some(10), Some(&json!([]))));
        let Source::Wire { from, .. } = &members[1].2 else { panic!("{shown}") };
        assert_eq!((from[0].root.as_str(), from[0].wire_name().as_str()), ("f", "original"));
        assert_eq!(takes[2].input, ["identity_keys", "unique_key"]);
        assert_eq!(takes[2].kind, InputKind::String);
    }

    #[test]
    fn an_object_of_sources_fills_an_object() {
        let takes = read("identity_keys: { unique_key: body.a, unique_in_site: body.b }\n").unwrap();
        assert!(matches!(&takes[0].source, Source::Object(members) if members.len() == 2));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let text = "uploads:\n\
             - { from: body.avatar, kind: { value: avatr } }\n\
             - { from: body.profile, path: body.x }\n\
             - { from: body.both, order: body.order }\n\
             - { each: body.files, as: f, item: { kind: { value: profile }, pth: f.original } }\n\
             - { each: body.files, item: x }\n\
             - { each: body.files, as: body, item: x }\n\
             - body.whole\n\
             - 5\n\
             interests: { each: body.interests, as: i, item: { value: 5 } }\n";
        assert_eq!(
            read(text).unwrap_err(),
            [
                "x:2:39: `uploads.kind` cannot be `avatr`\n  hint: did you mean `avatar`? it is one of `avatar`, `profile`, `verification`",
                "x:4:3: `from` fills one member, and `kind`, `path` are open",
                "x:5:36: `uploads` needs `path`, and nothing supplies it",
                "x:5:64: `uploads` has no member `pth`\n  hint: did you mean `path`? it has `kind`, `path`, `order`",
                "x:6:3: this `each` lacks `as`\n  hint: add `as: NAME`, by which `item` sees the element",
                "x:7:27: `body` has a meaning here already\n  hint: choose another, such as `element`",
                "x:9:3: this part of `uploads` comes from nowhere\n  hint: each part has `from:` with a place of the request, or `each:` with a list of it",
                "x:10:58: the constant of `interests` is a number, and the input takes text",
            ]
        );
    }
}
