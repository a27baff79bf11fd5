//! The five stages of a journey.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::kind::Kind;

/// A stage of the customer journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Stage {
    /// The customer learns that the shop exists.
    #[default]
    Awareness = 0,
    /// The customer looks at products.
    Consideration = 1,
    /// The customer buys or is about to buy: cart and checkout belong to this stage.
    Purchase = 2,
    /// The customer has bought and comes back, asks for help or returns something.
    Retention = 3,
    /// The customer recommends the shop.
    Advocacy = 4,
}

impl Stage {
    /// The stages in order.
    pub const ALL: [Self; 5] = [
        Self::Awareness,
        Self::Consideration,
        Self::Purchase,
        Self::Retention,
        Self::Advocacy,
    ];

    /// The stage's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Awareness => "awareness",
            Self::Consideration => "consideration",
            Self::Purchase => "purchase",
            Self::Retention => "retention",
            Self::Advocacy => "advocacy",
        }
    }

    /// The stage with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|stage| stage.name() == name).copied()
    }
}

/// The mapping of touchpoints to stages: the table of kinds and a site's overrides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRules {
    /// The site's overrides, indexed by the kind's code.
    overrides: [Option<Stage>; KINDS_MAX],
    /// The stages of touchpoints under names that the site chose.
    custom: Vec<(Box<str>, Stage)>,
}

impl Default for StageRules {
    fn default() -> Self {
        Self {
            overrides: [None; KINDS_MAX],
            custom: Vec::new(),
        }
    }
}

/// Larger than the highest code of a kind.
const KINDS_MAX: usize = 64;

impl StageRules {
    /// The rules with an override that maps touchpoints of this name to `stage`: a kind, or a name that the site chose.
    #[must_use]
    pub fn with(mut self, name: &str, stage: Stage) -> Self {
        match Kind::from_name(name) {
            Some(kind) => {
                if let Some(own) = self.overrides.get_mut(kind as usize) {
                    *own = Some(stage);
                }
            }
            None => self.custom.push((name.into(), stage)),
        }
        self
    }

    /// Whether the stage of a custom touchpoint may depend on its name.
    pub fn needs_names(&self) -> bool {
        !self.custom.is_empty()
    }

    /// The site's own stage of a touchpoint; `name` is the value of its field `name`.
    fn own(&self, kind: Kind, name: Option<&str>) -> Option<Stage> {
        if kind == Kind::Custom
            && let Some(name) = name
        {
            for (known, stage) in &self.custom {
                if **known == *name {
                    return Some(*stage);
                }
            }
        }
        self.overrides.get(kind as usize).copied().flatten()
    }

    /// The stage of a touchpoint; `name` is the value of its field `name`.
    ///
    /// * A touchpoint whose kind implies no stage (page views, forms, signals) keeps the current stage of its
    ///   session.
    /// * A session begins in awareness, or in retention if the customer has bought in an earlier session.
    /// * For such a customer, awareness and consideration count as retention, because browsing again is a sign of
    ///   staying.
    pub fn stage(&self, kind: Kind, name: Option<&str>, session: Option<Stage>, has_bought_before: bool) -> Stage {
        let own = self.own(kind, name).or(kind.stage());
        match own.or(session).unwrap_or_default() {
            Stage::Awareness | Stage::Consideration if has_bought_before => Stage::Retention,
            stage => stage,
        }
    }
}
