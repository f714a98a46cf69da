//! The catalogue.

use super::{PRODUCT, REGION, Zy, instance};
use serde_json::Value;

fn named<'l>(list: &'l Value, key: &str, value: &str) -> &'l Value {
    list.as_array().unwrap().iter().find(|one| one[key] == value).unwrap_or_else(|| panic!("no {value} in {list}"))
}

#[test]
fn there_are_regions_that_are_usual_out_of_stock_hidden_and_premium() {
    let regions = Zy::new().get("/regions?per_page=1000").data();
    assert_eq!(named(&regions, "id", "US-New-York")["overallActiveness"], true);
    let dallas = named(&regions, "id", "US-Dallas");
    assert_eq!((&dallas["isOutOfStock"], &dallas["overallActiveness"]), (&true.into(), &false.into()));
    assert_eq!(named(&regions, "id", "US-Utah")["isHidden"], true);
    let zurich = named(&regions, "id", "CH-Zurich");
    assert_eq!((&zurich["isPremium"], &zurich["hasOffsetPrice"]), (&true.into(), &true.into()));
    let positions: Vec<_> = regions.as_array().unwrap().iter().map(|one| one["position"].as_i64().unwrap()).collect();
    assert!(positions.is_sorted());
}

#[test]
fn a_month_is_730_hours_and_the_discount_is_what_it_says() {
    let zy = Zy::new();
    let mut seen = 0;
    for region in zy.get("/regions").data().as_array().unwrap() {
        let products = zy.get(&format!("/products?regionId={}", region["id"].as_str().unwrap())).data();
        for product in products.as_array().unwrap() {
            let price = |name: &str| product["priceItems"][0][name].as_f64().unwrap();
            let discount = product["discountPercent"].as_f64().unwrap();
            let close = |one: f64, other: f64| (one - other).abs() < 0.0001;
            assert!(close(price("hourlyPrice") * 730.0, price("monthlyPrice")), "{product}");
            assert!(close(price("monthlyPriceWithoutDiscount") * (1.0 - discount / 100.0), price("monthlyPrice")));
            let specification = &product["plan"]["specification"];
            assert_eq!(specification["ram"].as_i64().unwrap() * 1024, specification["ramInMB"].as_i64().unwrap());
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_first_product_of_every_available_region_is_on_sale() {
    let zy = Zy::new();
    let regions = zy.get("/regions").data();
    assert_eq!(regions[0]["overallActiveness"], true, "{}", regions[0]);
    let mut out_of_sales = 0;
    for region in regions.as_array().unwrap().iter().filter(|region| region["overallActiveness"] == true) {
        let id = region["id"].as_str().unwrap();
        let products = zy.get(&format!("/products?regionId={id}")).data();
        let products = products.as_array().unwrap();
        assert_eq!(products[0]["overallActiveness"], true, "{}", products[0]);
        let mut body = instance("first");
        body["region"] = id.into();
        body["productId"] = products[0]["id"].clone();
        zy.post("/instances", body).data();
        out_of_sales += products.iter().filter(|product| product["isOutOfSales"] == true).count();
    }
    assert!(out_of_sales > 0, "no product is left to test refusals with");
}

#[test]
fn products_are_those_of_the_region_under_either_of_its_names() {
    let zy = Zy::new();
    let products = zy.get(&format!("/products?regionId={REGION}&per_page=1000")).data();
    assert!(products.as_array().unwrap().iter().all(|one| one["regionId"] == REGION));
    assert_eq!(zy.get("/products?regionId=region-456").data(), products);
    assert_eq!(zy.get("/products?regionId=nowhere").refusal(), (404, "FAILED"));
    let missing = zy.get("/products").errors();
    assert_eq!(missing, [(r#"["query","regionId"]"#.into(), "field required".into(), "value_error.missing".into())]);
}

#[test]
fn stock_falls_with_instances_and_comes_back_with_their_deletion() {
    let zy = Zy::new();
    let stock = || {
        let products = zy.get("/products?regionId=US-New-York").data();
        let id = zy
            .state(|cloud| cloud.products.all().find(|one| one.alias.as_deref() == Some(PRODUCT)).unwrap().id.clone());
        named(&products, "id", &id)["remainingActualStock"].as_i64().unwrap()
    };
    let before = stock();
    let id = zy.create("a");
    assert_eq!(stock(), before - 1);
    zy.delete(&format!("/instances/{id}")).data();
    assert_eq!(stock(), before);
}

#[test]
fn operating_systems_write_their_memory_as_text_and_filter_as_the_old_client_asks() {
    let zy = Zy::new();
    let all = zy.get("/os?per_page=1000").data();
    assert_eq!(named(&all["os"], "name", "Windows Server 2022")["minRam"], "4096");
    assert_eq!(all["os"].as_array().unwrap().iter().filter(|os| os["isDefault"] == true).count(), 1);
    let small = zy.get("/os?action=CREATE&minRam=1024&onlyActives=True").data();
    let small = small["os"].as_array().unwrap();
    assert!(small.iter().all(|os| os["minRam"].as_str().unwrap().parse::<i64>().unwrap() <= 1024));
    assert!(small.iter().all(|os| os["isActive"] == true) && !small.is_empty());
}

#[test]
fn applications_name_operating_systems_that_exist() {
    let zy = Zy::new();
    let systems = zy.get("/os").data();
    let applications = zy.get("/applications").data();
    for one in applications["applications"].as_array().unwrap() {
        for os in one["osList"].as_array().unwrap() {
            named(&systems["os"], "name", os.as_str().unwrap());
        }
    }
}
