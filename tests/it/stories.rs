//! How tools of this kind have failed, and the tests that hold adjunct to better.
//!
//! Each story was told of another tool, in its issues or on this machine: a part of a directory taken for the whole, a
//! group that was too large, a first page taken for all pages, a rename that became a removal, a scope that slipped, limits
//! that did not bind, plans that were not what was applied, storms of requests, two runs at once, and successes that were
//! none.

use std::fs;
use std::path::Path;

/// A way to fail, and by file the tests that show adjunct in it.
type Story = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const STORIES: [Story; 10] = [
    (
        "half a directory is taken for the whole",
        &[
            (
                "tests/it/partial_reads.rs",
                &[
                    "a_search_that_is_cut_at_any_place_in_any_way_plans_nothing_and_writes_nothing",
                    "a_session_cut_at_any_byte_plans_nothing_and_writes_nothing",
                    "an_empty_cookie_that_comes_too_early_takes_nobody_away",
                ],
            ),
            (
                "tests/it/torn_streams.rs",
                &[
                    "a_stream_cut_at_any_byte_is_an_error_or_the_plan_of_the_whole",
                    "an_export_cut_at_any_byte_takes_nobody_away",
                ],
            ),
            (
                "tests/it/slapd_size_limit.rs",
                &["a_size_limit_costs_nobody_his_account_and_elsewhere_nine_in_ten"],
            ),
            (
                "tests/it/ad_incomplete.rs",
                &[
                    "a_search_cut_at_any_place_in_any_way_is_incomplete",
                    "single_reads_that_go_wrong_are_incomplete",
                    "the_search_for_the_service_account_must_reach_its_end_too",
                    "a_server_that_is_not_synchronized_is_not_read",
                ],
            ),
            ("tests/it/ad_servers.rs", &["a_read_that_breaks_off_is_not_begun_anew_elsewhere"]),
            ("tests/it/cli_torn_ldif.rs", &["a_cut_anywhere_is_an_incomplete_read"]),
        ],
    ),
    (
        "a large group loses everybody",
        &[
            (
                "tests/it/ad_ranges.rs",
                &[
                    "reads_all_members_around_every_border_of_a_piece",
                    "a_piece_that_does_not_fit_is_never_taken",
                    "starts_over_when_a_member_goes_between_two_pieces",
                ],
            ),
            (
                "tests/it/whole_reads.rs",
                &[
                    "a_group_of_4501_members_is_planned_whole",
                    "a_chain_of_groups_that_come_in_pieces_is_planned_whole",
                ],
            ),
            (
                "tests/it/partial_reads.rs",
                &[
                    "a_piece_of_a_member_list_that_fails_plans_nothing_and_writes_nothing",
                    "a_member_that_goes_between_two_pieces_is_all_that_goes",
                ],
            ),
        ],
    ),
    (
        "the first page of the target is taken for all of it",
        &[
            (
                "tests/it/jumpcloud_pages.rs",
                &[
                    "reads_every_list_whole_at_every_length_whatever_the_answers_say_of_it",
                    "reads_any_list_again_when_rows_come_or_go_between_pages",
                    "whatever_jumpcloud_says_of_its_lists_a_plan_creates_nobody_twice_and_loses_nobody",
                ],
            ),
            (
                "tests/it/jumpcloud_shift.rs",
                &[
                    "gives_up_on_a_list_that_never_holds_still",
                    "refuses_a_list_that_repeats_or_withholds_rows",
                    "takes_pages_that_are_shorter_than_asked_for",
                ],
            ),
            ("tests/it/jumpcloud_failure.rs", &["reads_end_unread_after_failures_that_stay"]),
        ],
    ),
    (
        "a rename becomes a removal and a creation",
        &[
            (
                "tests/it/samba_renames.rs",
                &[
                    "a_new_logon_name_mail_name_and_place_are_one_update_in_place",
                    "a_renamed_container_moves_everybody_in_place",
                    "two_users_swap_their_names",
                    "two_groups_swap_their_names",
                    "a_new_hire_takes_the_name_of_a_leaver",
                    "a_change_of_case_alone_is_no_change",
                ],
            ),
            ("src/plan/tests/hold.rs", &["a_name_that_somebody_else_has_is_taken"]),
        ],
    ),
    (
        "a scope that slipped reads as if everybody left",
        &[
            (
                "tests/it/partial_reads.rs",
                &[
                    "a_container_or_a_group_that_went_astray_takes_nobody_away",
                    "an_account_that_sees_a_tenth_of_the_directory_takes_nobody_away",
                ],
            ),
            (
                "tests/it/samba_hidden.rs",
                &[
                    "a_hidden_nested_group_costs_nobody_his_account",
                    "hidden_members_of_the_security_group_stop_everything",
                    "a_user_renamed_between_two_searches_keeps_his_account",
                ],
            ),
            ("tests/it/samba_leavers.rs", &["an_empty_security_group_stops_everything"]),
            ("tests/it/samba_refusals.rs", &["a_missing_container", "a_missing_security_group"]),
            ("src/policy/tests/whole.rs", &["no_cut_off_policy_is_a_smaller_valid_one"]),
        ],
    ),
    (
        "a limit is there and does not bind",
        &[
            ("tests/it/cli_exit_codes.rs", &["a_guard_is_3_in_both_commands_until_its_flag_is_pasted"]),
            ("tests/it/samba_leavers.rs", &["more_removals_than_the_policy_allows_stop_everything"]),
            ("src/plan/tests/ours.rs", &["two_of_three_leavers_stop_the_plan_until_they_are_allowed"]),
            ("src/plan/tests/dissociate.rs", &["suspensions_and_unbindings_have_their_guards"]),
            (
                "tests/it/watch_budget.rs",
                &[
                    "a_drip_is_stopped_at_the_budget_and_said_once_over_restarts",
                    "a_cycle_that_is_killed_counts_whole_and_the_next_one_finishes",
                ],
            ),
            (
                "src/watch/budget.rs",
                &["many_small_plans_are_stopped_as_one_large_one_and_pass_when_the_first_is_a_day_old"],
            ),
            (
                "tests/it/ownership.rs",
                &["a_console_administrator_is_neither_removed_nor_suspended_nor_taken_over"],
            ),
        ],
    ),
    (
        "what was approved is not what is applied",
        &[
            (
                "tests/it/saved_refused.rs",
                &[
                    "a_file_that_was_touched_is_refused_wherever_it_was_touched",
                    "a_plan_is_for_a_day_and_for_the_version_that_made_it",
                    "the_policy_must_be_where_it_was_and_as_it_was",
                    "the_key_must_lead_to_the_organization_of_the_plan",
                    "a_target_that_somebody_changed_by_hand_is_listed",
                    "names_that_were_taken_meanwhile_are_listed",
                    "memberships_and_bindings_that_changed_meanwhile_are_listed",
                ],
            ),
            ("tests/it/saved_apply.rs", &["a_plan_is_applied_once", "of_two_at_once_one_applies"]),
            (
                "tests/it/every_write.rs",
                &["a_run_that_is_disturbed_at_any_write_in_any_way_is_finished_by_the_next"],
            ),
            (
                "tests/it/cli_prompt.rs",
                &["a_plan_that_does_not_fit_any_more_is_not_applied", "of_several_plans_each_must_still_fit"],
            ),
            (
                "tests/it/killed.rs",
                &["a_run_that_is_killed_at_any_write_strands_nobody_and_the_next_one_finishes"],
            ),
        ],
    ),
    (
        "a storm of requests",
        &[
            (
                "tests/it/jumpcloud_failure.rs",
                &[
                    "no_request_leaves_before_the_time_that_a_429_asked_for",
                    "a_429_to_one_request_holds_back_all_others",
                    "a_create_whose_answer_was_lost_is_not_sent_again",
                    "a_blocked_address_stops_every_request_at_once",
                ],
            ),
            ("tests/it/jumpcloud_run.rs", &["a_plan_costs_the_requests_that_the_documentation_promises"]),
            ("tests/it/requests.rs", &["a_change_costs_what_the_readme_says"]),
        ],
    ),
    (
        "two runs at once, or a trick of the clock",
        &[
            (
                "tests/it/watch_cycles.rs",
                &[
                    "a_cycle_that_meets_another_run_is_skipped_and_says_so",
                    "a_cycle_of_several_intervals_is_followed_by_one_and_not_by_several",
                ],
            ),
            ("src/watch/budget.rs", &["a_clock_that_goes_back_empties_nothing"]),
            (
                "tests/it/journal.rs",
                &[
                    "of_two_runs_that_begin_together_one_writes",
                    "a_second_run_is_held_back_while_the_first_one_lives_and_not_when_it_is_dead",
                ],
            ),
            (
                "src/plan/tests/dissociate.rs",
                &["a_new_cause_restarts_the_clock_and_a_clock_that_cannot_be_read_too"],
            ),
            (
                "tests/it/leaving/clock.rs",
                &["another_cause_starts_it_anew", "one_that_cannot_be_read_starts_anew"],
            ),
        ],
    ),
    (
        "a success that was none, and one bad object that stops the world",
        &[
            (
                "tests/it/journal.rs",
                &[
                    "nothing_is_written_without_a_journal",
                    "a_disk_that_fills_up_stops_the_run_which_says_so_and_the_next_one_finishes",
                ],
            ),
            ("tests/it/apply.rs", &["one_object_fails_alone_with_what_needs_it"]),
            (
                "tests/it/cli_output.rs",
                &[
                    "an_apply_as_json_accounts_for_every_change",
                    "a_reader_who_went_away_is_an_error_and_nothing_is_applied",
                    "a_plan_writes_no_file_and_an_apply_only_the_state",
                ],
            ),
        ],
    ),
];

#[test]
fn every_story_has_the_tests_that_it_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (story, files) in STORIES {
        for (file, tests) in files {
            let text = fs::read_to_string(root.join(file))
                .unwrap_or_else(|error| panic!("{story}: {file}: {error}"));
            for test in *tests {
                assert!(text.contains(&format!("fn {test}()")), "{story}: {file} has no test {test}");
            }
        }
    }
}
