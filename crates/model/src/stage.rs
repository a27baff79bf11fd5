//! The five stages of a journey.

use crate::kind::Kind;

/// A stage of the customer journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Stage {
    /// Learns that the shop exists.
    #[default]
    Awareness = 0,
    /// Looks at what it offers.
    Consideration = 1,
    /// Buys, or sets about it: cart and checkout are part of it.
    Purchase = 2,
    /// Has bought and comes back, asks or returns.
    Retention = 3,
    /// Speaks for it.
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

/// Maps touchpoints to stages: the table of kinds, and what a site says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageRules {
    /// By the kind's code, where a site decides otherwise than the table.
    overrides: [Option<Stage>; KINDS_MAX],
}

impl Default for StageRules {
    fn default() -> Self {
        Self {
            overrides: [None; KINDS_MAX],
        }
    }
}

/// More than the highest code of a kind.
const KINDS_MAX: usize = 64;

impl StageRules {
    /// The rules with `kind` standing for `stage`.
    #[must_use]
    pub fn with(mut self, kind: Kind, stage: Stage) -> Self {
        if let Some(own) = self.overrides.get_mut(kind as usize) {
            *own = Some(stage);
        }
        self
    }

    /// The stage of a touchpoint.
    ///
    /// * A kind without a stage of its own (page views, forms, signals) takes the stage its session is in.
    /// * A session begins in awareness; once the customer has bought in an earlier session, in retention.
    /// * For such a customer, awareness and consideration are retention: looking again is what staying looks like.
    pub fn stage(&self, kind: Kind, session: Option<Stage>, has_bought_before: bool) -> Stage {
        let own = self.overrides.get(kind as usize).copied().flatten().or(kind.stage());
        match own.or(session).unwrap_or_default() {
            Stage::Awareness | Stage::Consideration if has_bought_before => Stage::Retention,
            stage => stage,
        }
    }
}
