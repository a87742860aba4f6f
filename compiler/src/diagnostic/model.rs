//! A finding and its parts.

use crate::source::Span;
use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The specs can't be built.
    Error,
    /// They can, and somebody should look.
    Warning,
    /// Something worth knowing.
    Note,
}

impl Severity {
    /// The word that all formats use.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a finding says of its rule; the registry of rules gives it (`From<Rule>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleId {
    /// The permanent code: `OWN003`.
    pub code: &'static str,
    /// The name: `write-by-non-owner`.
    pub name: &'static str,
    /// The severity unless the workspace says another.
    pub severity: Severity,
}

/// A place, with what is to be said about it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; may be empty.
    pub text: String,
}

/// A change of text that answers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// Whether it is what the author meant beyond doubt; only such fixes are applied without asking.
    pub certain: bool,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's permanent code: `OWN003`.
    pub code: &'static str,
    /// The rule's name: `write-by-non-owner`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, one sentence, no full stop, the user's text in backticks.
    pub message: String,
    /// Where.
    pub primary: Label,
    /// Other places that belong to it ("owner declared here").
    pub related: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// A change of text that does it.
    pub fix: Option<Fix>,
    /// The element that it is about, as waivers name it: `order_to_sap.lines.price`.
    pub element: Option<String>,
}

impl Diagnostic {
    /// A finding of a rule in a place.
    pub fn new(rule: impl Into<RuleId>, span: Span, message: impl Into<String>) -> Self {
        let RuleId { code, name, severity } = rule.into();
        Diagnostic {
            code,
            rule: name,
            severity,
            message: message.into(),
            primary: Label { span, text: String::new() },
            related: Vec::new(),
            help: None,
            fix: None,
            element: None,
        }
    }

    /// Says which element it is about, as waivers name it.
    #[must_use]
    pub fn at(mut self, element: impl Into<String>) -> Self {
        self.element = Some(element.into());
        self
    }

    /// Says what stands at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place that belongs to it.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what to do, if there is anything to say.
    #[must_use]
    pub fn help_opt(mut self, text: Option<impl Into<String>>) -> Self {
        self.help = text.map(Into::into).or(self.help);
        self
    }

    /// Adds a change of text that is right beyond doubt.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, replacement: replacement.into(), certain: true });
        self
    }

    /// Adds a change of text that may be what the author meant.
    #[must_use]
    pub fn maybe_fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, replacement: replacement.into(), certain: false });
        self
    }

    /// Gives it another severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}
