//! Flows on every driver: scripts, random schedules, crashes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::missing_panics_doc, clippy::must_use_candidate, clippy::unnecessary_wraps)]

mod deeds;
mod deliveries;
#[cfg(any(feature = "restate", feature = "sqlite"))]
mod durable;
mod order;
#[cfg(feature = "restate")]
mod restate;
mod schedules;
mod scripts;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stage;
mod versions;
mod world;

/// Runs each script on every driver; all must come to the same.
macro_rules! scripts {
    ($($module:ident { $($name:ident)* })*) => {$($(
        #[test]
        fn $name() {
            let mut stage = stage::memory();
            $module::$name(&mut stage);
            let memory = stage::result(stage);
            #[cfg(feature = "sqlite")]
            {
                let folder = sqlite::folder(stringify!($name));
                let mut stage = sqlite::stage(&folder);
                $module::$name(&mut stage);
                let sqlite = stage::result(stage);
                assert!(sqlite == memory, "drivers differ\n sqlite: {sqlite:#?}\n memory: {memory:#?}");
                std::fs::remove_dir_all(folder).unwrap();
            }
            #[cfg(feature = "restate")]
            if let Some(mut stage) = restate::stage(stringify!($name)) {
                $module::$name(&mut stage);
                let restate = stage::result(stage);
                assert!(restate == memory, "drivers differ\n Restate: {restate:#?}\n memory: {memory:#?}");
            }
            let _ = memory;
        }
    )*)*};
}

scripts! {
    scripts {
    an_order_goes_through_and_is_closed
    ten_megabytes_are_taken
    a_credit_hold_is_released_by_a_person
    a_credit_hold_is_released_by_an_event
    a_credit_hold_escalates_when_nobody_acts
    a_clock_runs_in_the_hours_of_its_team
    parts_ship_each_in_its_time
    a_redelivered_message_changes_nothing
    an_event_before_its_wait_is_kept
    an_event_that_nothing_waits_for_becomes_a_dead_letter
    an_event_for_a_closed_order_becomes_a_dead_letter
    what_begins_an_order_is_an_event_of_one_that_has_begun
    a_late_timer_changes_nothing
    a_timeout_is_tried_again_under_the_same_key
    a_call_without_a_key_is_not_repeated
    a_refused_call_is_tried_again_when_that_may_help
    the_budget_ends_the_attempts
    a_cancelled_order_is_undone_in_reverse
    what_cannot_be_undone_is_raised
    an_undo_that_fails_is_held_and_tried_again
    an_amended_order_is_redone
    an_amendment_waits_for_the_call_that_is_under_way
    a_late_shipment_is_raised_and_still_taken
    a_short_pick_is_cut
    a_short_pick_waits_again
    a_reply_that_cannot_be_received_is_not_called_again
    a_broken_event_is_replayed_from_its_dead_letter
    an_order_is_fetched_before_it_begins
    an_order_that_is_not_found_becomes_a_dead_letter
    a_lookup_that_fails_for_a_while_is_tried_again
    a_lookup_that_fails_holds_its_step
    a_cancellation_after_shipping_is_refused
    an_action_that_is_not_declared_is_refused
    an_express_order_skips_the_pause
    a_process_that_stops_does_its_calls_again
    an_interrupted_call_without_a_key_is_lost
    }
    deliveries {
    a_subscriber_is_called_until_it_takes_an_event
    an_event_that_a_subscriber_refuses_is_replayed_from_its_dead_letter
    a_dead_letter_is_removed_when_its_time_is_over_and_the_audit_says_so
    }
    versions {
    an_older_state_goes_on_in_a_changed_flow
    an_instance_that_stood_in_a_dropped_step_goes_on
    a_state_of_a_newer_version_is_left_alone_and_raised
    a_state_with_a_step_that_is_gone_is_left_alone_and_raised
    what_takes_an_event_is_known_by_its_name_in_a_changed_flow
    a_change_of_direction_goes_to_its_step_in_a_changed_flow
    a_state_with_an_event_that_nothing_takes_is_left_alone_and_raised
    a_state_without_what_is_read_now_is_left_alone_and_raised
    a_state_with_more_than_is_read_now_goes_on
    }
}
