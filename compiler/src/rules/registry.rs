//! The only list of rules.

use super::{Context, RuleId};
use crate::diagnostic::Diagnostics;

/// A rule's check.
pub type Check = fn(&Context<'_>, &mut Diagnostics);

/// A rule as registered.
pub struct Registered {
    /// Code, name, severity.
    pub id: RuleId,
    /// Its file: the leading comment is its documentation.
    pub source: &'static str,
    /// Its check; none if its findings arise while specs are read.
    pub check: Option<Check>,
}

macro_rules! registry {
    ($($family:ident { $($code:ident $file:ident $($check:ident)?,)* })*) => {
        $($(
            #[doc = concat!("The rule `", stringify!($code), "`.")]
            pub const $code: RuleId = super::$family::$file::RULE;
        )*)*

        /// Every rule, by code.
        pub fn all() -> &'static [Registered] {
            const ALL: &[Registered] = &[$($(Registered {
                id: $code,
                source: include_str!(concat!(stringify!($family), "/", stringify!($file), ".rs")),
                check: registry!(@check $family $file $($check)?),
            },)*)*];
            ALL
        }
    };
    (@check $family:ident $file:ident check) => { Some(super::$family::$file::check) };
    (@check $family:ident $file:ident) => { None };
}

registry! {
    spec {
        SPEC001 spec001_yaml_syntax,
        SPEC002 spec002_unknown_key,
        SPEC003 spec003_missing_key,
        SPEC004 spec004_wrong_type,
        SPEC005 spec005_duplicate_key,
        SPEC006 spec006_ambiguous_scalar,
        SPEC007 spec007_resource_limit,
        SPEC008 spec008_unknown_edition,
        SPEC009 spec009_bad_name,
        SPEC010 spec010_needs_quotes,
        SPEC011 spec011_waiver,
        SPEC012 spec012_template,
    }
    name {
        NAME001 name001_unknown_reference,
        NAME002 name002_defined_twice,
        NAME003 name003_generated_twice check,
        NAME004 name004_never_used check,
        NAME005 name005_endless_value check,
    }
    expr {
        EXPR001 expr001_syntax,
        EXPR002 expr002_unknown_field,
        EXPR003 expr003_type_mismatch,
        EXPR004 expr004_may_be_absent,
        EXPR005 expr005_unknown_function,
        EXPR006 expr006_unit_mismatch,
        EXPR007 expr007_unrouted_failure check,
    }
    own {
        OWN001 own001_field_without_owner check,
        OWN002 own002_two_owners check,
        OWN003 own003_write_by_non_owner check,
        OWN004 own004_owner_without_mapping check,
        OWN005 own005_write_back_to_owner check,
        OWN006 own006_echo_loop check,
        OWN007 own007_middleware_as_owner check,
        OWN008 own008_replica_without_feed check,
        OWN009 own009_no_concurrency_token check,
        OWN010 own010_originator_without_create check,
        OWN011 own011_no_steward check,
    }
    map {
        MAP001 map001_required_target_unmapped check,
        MAP002 map002_source_field_unread check,
        MAP003 map003_crosswalk_not_exhaustive check,
        MAP004 map004_crosswalk_without_way_back check,
        MAP005 map005_loss_not_waived check,
        MAP006 map006_read_only_target check,
        MAP007 map007_line_identity_lost check,
        MAP009 map009_replace_leaves_blank check,
        MAP010 map010_untested,
        MAP011 map011_ambiguous_qualifier check,
    }
    flow {
        FLOW001 flow001_retried_effect check,
        FLOW002 flow002_no_deduplication check,
        FLOW003 flow003_no_dead_letter check,
        FLOW004 flow004_match_not_bound check,
        FLOW005 flow005_long_running_call check,
        FLOW006 flow006_chain_too_long check,
        FLOW007 flow007_over_budget check,
        FLOW008 flow008_failure_not_handled check,
        FLOW009 flow009_no_team_or_sla check,
        FLOW010 flow010_wrong_class check,
        FLOW011 flow011_not_undone check,
        FLOW012 flow012_unreachable check,
        FLOW013 flow013_no_deadline check,
        FLOW014 flow014_event_without_end check,
        FLOW015 flow015_no_ordering_key check,
        FLOW016 flow016_unstable_key check,
        FLOW017 flow017_illegal_state check,
        FLOW018 flow018_unaudited_state check,
        FLOW019 flow019_over_limit check,
        FLOW020 flow020_bypass check,
        FLOW021 flow021_read_too_early check,
        FLOW022 flow022_stale_value check,
        FLOW023 flow023_payload_too_large check,
        FLOW024 flow024_state_changed,
        FLOW025 flow025_step_gone,
    }
    data {
        DATA001 data001_residency check,
        DATA002 data002_personal_in_log check,
        DATA003 data003_no_authentication check,
        DATA004 data004_no_rate_limit check,
        DATA005 data005_timestamp_without_offset check,
        DATA006 data006_secret_in_spec,
    }
}
