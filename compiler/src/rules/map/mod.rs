//! MAP: mappings that leave out, lose or blur what they are given.

pub mod map001_required_target_unmapped;
pub mod map002_source_field_unread;
pub mod map003_crosswalk_not_exhaustive;
pub mod map004_crosswalk_without_way_back;
pub mod map005_loss_not_waived;
pub mod map006_read_only_target;
pub mod map007_line_identity_lost;
pub mod map009_replace_leaves_blank;
pub mod map010_untested;
pub mod map011_ambiguous_qualifier;

mod crossings;
pub mod origins;
pub mod sites;
mod wire_path;
