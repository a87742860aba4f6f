//! YAML texts to the syntax tree of the language: one file per kind of document, names as [`Text`], expressions as
//! [`ExprText`], types as [`TypeAst`], nothing looked up.
//!
//! The syntax types define the language: the decoder and the editor's schema come from their one declaration
//! ([`decode`]). Reading never stops at a problem; [`parse`] gives as much of the tree as there is and every finding.
//! Absent on purpose: the meaning of names, types and expressions, and access to files.

mod action;
mod ambiguous;
mod api;
mod call;
mod codes;
mod data;
pub mod decode;
mod document;
mod edition;
mod event;
mod exception;
mod expr_text;
mod flow;
mod list;
mod mapping;
mod name;
mod node;
mod object;
mod operation;
mod ownership;
mod pack;
mod path;
mod quantity;
mod record;
pub mod scenario;
pub mod schema;
mod secret;
mod step;
mod system;
mod system_event;
mod target;
mod team;
mod trap;
mod types;
mod value;
mod workspace;
pub mod yaml;

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod robust_tests;
#[cfg(test)]
mod trap_tests;

pub use action::{ActionAst, HandlerAst, InterruptAst, ResolveAst};
pub use api::{AnswerAst, ApiAst, ApiOperationAst};
pub use call::{CallAst, MapUseAst, RequestAst, StepUndoAst};
pub use codes::{BuiltinWord, CodeAst, CodesAst, CrosswalkAst, CrosswalkRowAst, RaiseAst, UnknownCodeAst};
pub use data::data;
pub use decode::Word;
pub use document::{
    BrokenAst, DocumentAst, KINDS, SpecsAst, editor_schema, kind_schema, parse, parse_file, workspace_schema,
};
pub use edition::{EDITION, EditionAst};
pub use event::{DeadLetterAst, EventAst, PayloadAst, SubscriberAst};
pub use exception::{EscalateAst, ExceptionAst, ExceptionClassWord};
pub use expr_text::{ExprText, ListText};
pub use flow::{DeriveAst, FetchAst, FlowAst, KeepAst, StartAst};
pub use list::OneOrMany;
pub use mapping::{
    FromAst, FunctionAst, IntentWord, LookupAst, MappingAst, MissAst, TestAst, TestInputAst, UnmappedAst,
};
pub use name::{CodeText, Coded, Free, Name, Named, Pascal, Snake, Text};
pub use object::{ClassWord, FieldAst, LifecycleAst, ObjectAst, RequirementAst};
pub use operation::{
    EffectWord, HttpAst, IdempotencyAst, IdempotencyKeyAst, MethodWord, ModeWord, OperationAst, PageAst, ParamsAst,
};
pub use ownership::{ConcurrencyAst, GrantAst, OwnerAst, OwnershipAst, ReplicaAst, StaleWord};
pub use pack::{EachWord, PackAst, PackFileAst, parse_pack};
pub use path::{ByPath, PathAst};
pub use quantity::{DateAst, Day, DurationAst, DurationRangeAst, Millis, NumberAst, RateAst};
pub use record::{
    ChangeAst, EmitAst, FormatWord, OnEmptyWord, OneOfAst, RecordAst, RecordFieldAst, UnknownKeyWord, WireAst,
};
pub use scenario::{ScenarioAst, ScenarioEventAst, ScenarioStartAst};
pub use step::{AwaitAst, BranchAst, FailureAst, MilestoneAst, SetAst, StepAst};
pub use system::{AuthAst, AuthDetailsAst, AuthWord, DefaultsAst, LimitsAst, RetryAst, RoleWord, SystemAst};
pub use system_event::{SystemEventAst, WebhookAst};
pub use target::{CaseAst, DropAst, EachAst, FieldsAst, TargetAst, TargetKind};
pub use team::{DaysAst, HourAst, HoursAst, TeamAst, ZoneAst};
pub use types::{ArgAst, CodecAst, TypeAst, TypeKind};
pub use value::ValueAst;
pub use workspace::{LevelWord, RuntimeAst, RustAst, TemplatePackAst, WaiverAst, WorkspaceAst};
