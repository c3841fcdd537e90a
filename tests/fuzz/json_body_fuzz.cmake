set(json_body_fuzz_LINKS troupe_bridge Boost::json)
