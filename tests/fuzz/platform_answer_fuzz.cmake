set(platform_answer_fuzz_LINKS troupe_platforms Boost::json)
